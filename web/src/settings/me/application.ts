/** Applications as their owner sees them. */
import type { Id, User } from "~/wire";

export interface Application {
  id: Id;
  name: string;
  icon: string | null;
  description: string;
  tags?: string[];
  flags?: number;
  verify_key?: string;
  bot?: (User & { token?: string }) | null;
  approximate_guild_count?: number;
  interactions_endpoint_url?: string | null;
  role_connections_verification_url?: string | null;
  custom_install_url?: string | null;
  bot_public?: boolean;
  redirect_uris?: string[];
  public_client?: boolean;
}

/** What an application may hear although it is much: flags as Discord gives them to small applications. */
export const INTENTS = [
  { flag: 1 << 13, name: "Presence", about: "Who is online and what they do." },
  { flag: 1 << 15, name: "Members", about: "Who joins and leaves, and lists of members." },
  { flag: 1 << 19, name: "Message content", about: "What people write, not only what they write to it." },
] as const;

export const appIcon = (one: Pick<Application, "id" | "icon">, size: number): string | null =>
  one.icon ? `/cdn/app-icons/${one.id}/${one.icon}.webp?size=${size > 64 ? 256 : 128}` : null;
