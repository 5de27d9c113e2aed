/** Guilds with their roles, members, emoji and invites. */
import type { Channel } from "./channel";
import type { ScheduledEvent } from "./event";
import type { Id } from "./id";
import type { Sound, Sticker } from "./sticker";
import type { Presence, User } from "./user";

export interface Role {
  id: Id;
  name: string;
  permissions: string;
  position: number;
  color: number;
  hoist: boolean;
  managed: boolean;
  mentionable: boolean;
  icon?: string | null;
  unicode_emoji?: string | null;
  /** `guild_connections` is null in roles that are given by rules, and absent from others. */
  tags?: { bot_id?: Id; integration_id?: Id; guild_connections?: null };
}

export interface Emoji {
  id: Id;
  name: string;
  animated: boolean;
  available?: boolean;
  roles?: Id[];
  user?: User;
}

export interface Member {
  user?: User;
  nick: string | null;
  avatar: string | null;
  roles: Id[];
  joined_at: string;
  communication_disabled_until?: string | null;
  deaf?: boolean;
  mute?: boolean;
  flags?: number;
  /** Has still to fill in the form of the guild. */
  pending?: boolean;
}

export interface GuildMember extends Member {
  user: User;
  guild_id: Id;
}

export interface VoiceState {
  guild_id?: Id | null;
  channel_id: Id | null;
  user_id: Id;
  session_id: string;
  member?: Member;
  self_mute?: boolean;
  self_deaf?: boolean;
  mute?: boolean;
  deaf?: boolean;
  /** In the audience of a stage. */
  suppress?: boolean;
  /** Since when somebody asks to speak; of a speaker, when they were asked to. */
  request_to_speak_timestamp?: string | null;
}

/** What goes on on a stage. */
export interface StageInstance {
  id: Id;
  guild_id: Id;
  channel_id: Id;
  topic: string;
  guild_scheduled_event_id: Id | null;
}

export interface Guild {
  id: Id;
  name: string;
  description: string | null;
  icon: string | null;
  banner: string | null;
  features: string[];
  owner_id: Id;
  afk_channel_id: Id | null;
  afk_timeout: number;
  rules_channel_id: Id | null;
  system_channel_id: Id | null;
  system_channel_flags: number;
  verification_level: number;
  default_message_notifications: number;
  vanity_url_code?: string | null;
  /** Pauses for when a guild is raided. */
  incidents_data?: { invites_disabled_until?: string | null; dms_disabled_until?: string | null } | null;
  roles: Role[];
  emojis: Emoji[];
  stickers?: Sticker[];
  member_count?: number;
}

export interface GuildCreate extends Guild {
  unavailable?: boolean;
  joined_at: string;
  large: boolean;
  member_count: number;
  members: Member[];
  channels: Channel[];
  threads: Channel[];
  presences: Presence[];
  voice_states: VoiceState[];
  guild_scheduled_events?: ScheduledEvent[];
  stage_instances?: StageInstance[];
  soundboard_sounds?: Sound[];
}

export interface Invite {
  code: string;
  type: number;
  inviter?: User;
  expires_at: string | null;
  guild?: { id: Id; name: string; icon: string | null; description: string | null };
  channel?: { id: Id; type: number; name: string | null } | null;
  approximate_member_count?: number;
  approximate_presence_count?: number;
  uses?: number;
  max_uses?: number;
  max_age?: number;
  temporary?: boolean;
  created_at?: string;
  new_member?: boolean;
}

export interface Ban {
  reason: string | null;
  user: User;
}

export interface AuditLogEntry {
  id: Id;
  action_type: number;
  user_id: Id | null;
  target_id: Id | null;
  reason?: string;
  changes?: { key: string; old_value?: unknown; new_value?: unknown }[];
  options?: Record<string, string>;
}

export interface AuditLog {
  audit_log_entries: AuditLogEntry[];
  users: User[];
}
