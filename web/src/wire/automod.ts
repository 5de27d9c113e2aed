/** Rules of automatic moderation. */
import type { Id } from "./id";

export const Trigger = { Keyword: 1, Spam: 3, Preset: 4, Mentions: 5, Profile: 6 } as const;
export const RuleAction = { Block: 1, Alert: 2, Timeout: 3, BlockInteraction: 4 } as const;

export interface RuleMetadata {
  keyword_filter?: string[];
  regex_patterns?: string[];
  presets?: number[];
  allow_list?: string[];
  mention_total_limit?: number;
  mention_raid_protection_enabled?: boolean;
}

export interface Action {
  type: number;
  metadata?: { channel_id?: Id; duration_seconds?: number; custom_message?: string };
}

export interface Rule {
  id: Id;
  guild_id: Id;
  name: string;
  creator_id: Id;
  event_type: number;
  trigger_type: number;
  trigger_metadata: RuleMetadata;
  actions: Action[];
  enabled: boolean;
  exempt_roles: Id[];
  exempt_channels: Id[];
}
