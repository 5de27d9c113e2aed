/** What the server tells of guilds that anybody finds: a mirror of `docs/api.md`. */
import type { Id } from "~/wire";

/** The feature of guilds that anybody finds and comes into. */
export const DISCOVERABLE = "DISCOVERABLE";

export interface DiscoverableGuild {
  id: Id;
  name: string;
  icon: string | null;
  description: string | null;
  banner: string | null;
  splash: string | null;
  discovery_splash: string | null;
  approximate_member_count: number;
  approximate_presence_count: number;
  keywords: string[];
}

export interface DiscoverableGuilds {
  guilds: DiscoverableGuild[];
  total: number;
  limit: number;
  offset: number;
}

export interface DiscoveryMetadata {
  guild_id: Id;
  keywords: string[];
}
