/** Whether a message calls somebody, as the server counts it, and whether it is worth a notice. */
import { type Id, type Message, MessageFlag, type UserGuildSettings } from "~/wire";

export interface Listener {
  me: Id;
  /** Those that one holds where it was said. */
  roles: readonly Id[];
  /** What one chose for the guild, or for direct messages. */
  settings: Pick<UserGuildSettings, "suppress_everyone" | "suppress_roles"> | undefined;
}

const addresses = (message: Message, me: Id): boolean => message.mentions.some((one) => one.id === me);

export function calls(message: Message, { me, roles, settings }: Listener): boolean {
  if (message.flags & MessageFlag.Ephemeral) return false;
  // What is said in a direct message is said to everybody in it.
  if (!message.guild_id || addresses(message, me)) return true;
  if (message.mention_everyone && !settings?.suppress_everyone) return true;
  return !settings?.suppress_roles && message.mention_roles.some((id) => roles.includes(id));
}

export interface Attention extends Listener {
  blocked: boolean;
  /** One asked not to be disturbed. */
  away: boolean;
  /** The channel is muted, or what it stands in. */
  muted: boolean;
  /** 0: of everything, 1: of mentions, 2: of nothing. */
  level: number;
}

export function deservesNotice(message: Message, one: Attention): boolean {
  // Where one is muted a call still counts, but it makes no sound.
  if (one.muted || one.blocked || one.away || message.flags & MessageFlag.Silent) return false;
  if (!message.guild_id || one.level === 0) return true;
  return one.level !== 2 && calls(message, one);
}
