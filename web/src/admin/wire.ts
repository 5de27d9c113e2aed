/** What staff is told: a mirror of `docs/api.md`. */
import type { Id, VoiceCapture } from "~/wire";

export type Rank = "owner" | "admin" | "member";

export interface Stats {
  uptime_seconds: number;
  memory_bytes: number;
  cpu_percent: number;
  users: number;
  bots: number;
  guilds: number;
  channels: number;
  messages: number;
  messages_last_hour: number;
  sessions: number;
}

export interface Person {
  id: Id;
  username: string;
  global_name: string | null;
  avatar: string | null;
  email: string | null;
  rank: Rank;
  bot: boolean;
  suspended: boolean;
  suspended_until: string | null;
  suspended_reason: string | null;
  mfa_enabled: boolean;
  created_at: string;
  /** Bytes of files in their messages; in lists only. */
  stored_bytes?: number;
}

export interface People {
  users: Person[];
  total: number;
}

export interface InstanceSettings {
  name: string;
  description: string;
  registration: "open" | "invite" | "closed";
  read_only: boolean;
  slow_mode_seconds: number;
  dm_policy: "shared" | "friends";
  idle_after_minutes: number;
  discovery: boolean;
  voice_capture: VoiceCapture;
}

export interface Deed {
  id: Id;
  actor: { id: Id; username: string } | null;
  action: string;
  target: string | null;
  metadata: Record<string, unknown>;
  created_at: string;
}

export interface AdminGuild {
  id: Id;
  name: string;
  icon: string | null;
  owner: { id: Id; username: string };
  members: number;
  channels: number;
  created_at: string;
  discoverable: boolean;
  discovery_disabled: boolean;
}

export interface AdminGuilds {
  guilds: AdminGuild[];
  total: number;
}

export interface PasswordLink {
  url: string;
  expires_at: string;
}
