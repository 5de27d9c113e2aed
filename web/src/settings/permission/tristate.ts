/** Overwrites of channels: each permission is allowed, denied, or left as it is. */
import type { Id, Overwrite } from "~/wire";

export type State = "allow" | "inherit" | "deny";

const one = (bit: number): bigint => 1n << BigInt(bit);

export function stateOf(overwrite: Pick<Overwrite, "allow" | "deny">, bit: number): State {
  // The server lets an allowance win where both are set.
  if (BigInt(overwrite.allow) & one(bit)) return "allow";
  if (BigInt(overwrite.deny) & one(bit)) return "deny";
  return "inherit";
}

export function withState(overwrite: Overwrite, bit: number, state: State): Overwrite {
  const allow = BigInt(overwrite.allow) & ~one(bit);
  const deny = BigInt(overwrite.deny) & ~one(bit);
  return {
    ...overwrite,
    allow: (state === "allow" ? allow | one(bit) : allow).toString(),
    deny: (state === "deny" ? deny | one(bit) : deny).toString(),
  };
}

export const cycle = (state: State): State => (state === "inherit" ? "allow" : state === "allow" ? "deny" : "inherit");

/** Whether it says nothing. */
export const isPlain = (overwrite: Overwrite): boolean =>
  BigInt(overwrite.allow) === 0n && BigInt(overwrite.deny) === 0n;

export interface Steps {
  put: Overwrite[];
  remove: Id[];
}

/** What has to be sent so that `before` becomes `after`. */
export function stepsBetween(before: readonly Overwrite[], after: readonly Overwrite[]): Steps {
  const known = new Map(before.map((each) => [each.id, each]));
  const kept = new Set(after.map((each) => each.id));
  return {
    put: after.filter((each) => {
      const old = known.get(each.id);
      return !old || BigInt(old.allow) !== BigInt(each.allow) || BigInt(old.deny) !== BigInt(each.deny);
    }),
    remove: before.filter((each) => !kept.has(each.id)).map((each) => each.id),
  };
}

/** Whether two lists say the same, in whatever order. */
export function agree(a: readonly Overwrite[], b: readonly Overwrite[]): boolean {
  const plain = (list: readonly Overwrite[]) => list.filter((each) => !isPlain(each));
  const steps = stepsBetween(plain(a), plain(b));
  return steps.put.length === 0 && steps.remove.length === 0;
}

/** What counts where nothing is said for this bit: the roles' own permissions, and for everybody's. */
export function inherited(base: bigint, everyone: Overwrite | undefined, bit: number): boolean {
  if (base & one(3)) return true;
  const state = everyone ? stateOf(everyone, bit) : "inherit";
  return state === "inherit" ? (base & one(bit)) !== 0n : state === "allow";
}
