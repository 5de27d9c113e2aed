/** Ids tell when they were made, and sort by it. */
import type { Id } from "~/wire";

const EPOCH = 1420070400000n;

/** Order of two ids: negative where `a` is older. Ids are too large for numbers, and of different lengths. */
export function compareIds(a: Id, b: Id): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

export const isNewer = (a: Id, b: Id | null | undefined): boolean => !b || compareIds(a, b) > 0;

/** When an id was made, in Unix milliseconds. */
export function timeOf(id: Id): number {
  try {
    return Number((BigInt(id) >> 22n) + EPOCH);
  } catch {
    return 0;
  }
}

let counter = 0;

/** A fresh nonce in the shape of an id: it sorts among messages by the time it was made. */
export function makeNonce(now = Date.now()): string {
  counter = (counter + 1) % 4096;
  const random = Math.floor(Math.random() * 1024);
  return (((BigInt(now) - EPOCH) << 22n) | (BigInt(random) << 12n) | BigInt(counter)).toString();
}
