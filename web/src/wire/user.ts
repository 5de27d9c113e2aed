/** People, bots, and what they are to each other. */
import type { Id } from "./id";

export interface User {
  id: Id;
  username: string;
  discriminator: string;
  global_name: string | null;
  avatar: string | null;
  bot?: boolean;
  system?: boolean;
  banner?: string | null;
  accent_color?: number | null;
}

export interface CurrentUser extends User {
  mfa_enabled: boolean;
  locale: string;
  email: string | null;
  verified: boolean;
  bio: string;
  pronouns: string;
  /** Administers the instance; absent of others. */
  staff?: boolean;
}

export const RelationshipKind = { Friend: 1, Blocked: 2, Incoming: 3, Outgoing: 4 } as const;

export interface Relationship {
  id: Id;
  type: 1 | 2 | 3 | 4;
  user: User;
  nickname: string | null;
  since: string;
}

export interface Profile {
  user: User;
  user_profile: { bio: string; pronouns: string; accent_color: number | null };
  mutual_guilds: { id: Id; nick: string | null }[];
  mutual_friends_count: number;
  relationship: number | null;
}

export type Status = "online" | "idle" | "dnd" | "invisible" | "offline";

export interface Activity {
  name: string;
  type: number;
  state?: string | null;
  details?: string | null;
  emoji?: { name: string; id?: Id | null; animated?: boolean } | null;
}

export interface Presence {
  user: { id: Id };
  guild_id?: Id;
  status: Status;
  activities: Activity[];
  client_status: Partial<Record<"desktop" | "mobile" | "web", Status>>;
}

export interface CustomStatus {
  text?: string | null;
  emoji_name?: string | null;
  emoji_id?: Id | null;
  expires_at?: string | null;
}

export interface UserSettings {
  status: Status;
  custom_status: CustomStatus | null;
  theme: string;
  locale: string;
  message_display_compact: boolean;
  /** Whether others are told how far one has received and read. */
  read_receipts: boolean;
  client: Record<string, unknown>;
}

export interface MuteConfig {
  end_time: string | null;
}

export interface ChannelOverride {
  channel_id: Id;
  muted: boolean;
  mute_config: MuteConfig | null;
  message_notifications: number;
  /** `OPTED_IN`: picked for the list of channels. */
  flags?: number;
}

export const PICKS_CHANNELS = 1 << 14;
export const OPTED_IN = 1 << 12;

export interface UserGuildSettings {
  guild_id: Id | null;
  muted: boolean;
  mute_config: MuteConfig | null;
  message_notifications: number;
  suppress_everyone: boolean;
  suppress_roles: boolean;
  /** `PICKS_CHANNELS`: only picked channels are listed. */
  flags?: number;
  channel_overrides: ChannelOverride[];
}
