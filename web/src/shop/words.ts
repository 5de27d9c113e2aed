/** What is sold and had, in words. */
import { type Entitlement, type Sku, SkuFlag, SkuKind, type Subscription, SubscriptionStatus } from "~/wire";

export type State = "had" | "used" | "over" | "ending" | "later";

/** Clocks differ, and the page's own is looked at twice a minute. */
const SLACK_MS = 60_000;

/** How something that somebody has stands at a moment. */
export function stateOf(entitlement: Entitlement, subscription: Subscription | null | undefined, now: number): State {
  if (entitlement.consumed) return "used";
  if (entitlement.ends_at && Date.parse(entitlement.ends_at) <= now) return "over";
  if (entitlement.starts_at && Date.parse(entitlement.starts_at) > now + SLACK_MS) return "later";
  return subscription?.status === SubscriptionStatus.Ending ? "ending" : "had";
}

export const STATE_WORDS: Record<State, string> = {
  had: "Active",
  used: "Used up",
  over: "Over",
  ending: "Ends soon",
  later: "To come",
};

export const STATE_CHIPS: Record<State, string> = {
  had: "chip-good",
  used: "",
  over: "",
  ending: "chip-warn",
  later: "",
};

export function kindOf(sku: Pick<Sku, "type" | "flags">): string {
  switch (sku.type) {
    case SkuKind.Consumable:
      return "Used up once";
    case SkuKind.Subscription:
      return sku.flags & SkuFlag.GuildSubscription ? "Subscription of a guild" : "Subscription";
    default:
      return "For good";
  }
}

export const isSold = (sku: Pick<Sku, "flags">): boolean => (sku.flags & SkuFlag.Available) !== 0;
