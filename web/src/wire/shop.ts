/** What applications sell, and who has it. */
import type { Id } from "./id";

export const SkuKind = { Durable: 2, Consumable: 3, Subscription: 5 } as const;
export const SkuFlag = { Available: 1 << 2, GuildSubscription: 1 << 7, UserSubscription: 1 << 8 } as const;
export const SubscriptionStatus = { Active: 0, Inactive: 1, Ending: 2 } as const;

export interface Sku {
  id: Id;
  type: number;
  application_id: Id;
  name: string;
  slug: string;
  flags: number;
}

export interface Entitlement {
  id: Id;
  sku_id: Id;
  application_id: Id;
  user_id: Id;
  guild_id?: Id;
  deleted: boolean;
  starts_at: string | null;
  ends_at: string | null;
  consumed: boolean;
}

export interface Subscription {
  id: Id;
  user_id: Id;
  sku_ids: Id[];
  entitlement_ids: Id[];
  current_period_start: string;
  current_period_end: string;
  status: number;
  canceled_at: string | null;
}

/** Something that one has, with what and whose it is. */
export interface Purchase {
  entitlement: Entitlement;
  sku: Sku;
  application: { id: Id; name: string; icon: string | null; description: string };
  subscription: Subscription | null;
}
