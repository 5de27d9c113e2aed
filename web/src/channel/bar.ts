/** Of the lock of a channel: which roles it may name, and who writes on. */
import { guilds } from "~/guild/store";
import { rolesOf } from "~/member/store";
import { myId } from "~/user/store";
import type { Channel, Id, Role } from "~/wire";

/** Roles that one may name, highest first: none above one's own highest, and not the one that everybody has. */
export function barsIn(guild: Id): Role[] {
  const known = guilds[guild];
  const owner = known?.owner_id === myId();
  const top = owner ? Number.POSITIVE_INFINITY : (rolesOf(guild, myId())[0]?.position ?? 0);
  const roles = (known?.roles ?? []).filter((role) => role.id !== guild && role.position <= top);
  return roles.sort((a, b) => b.position - a.position);
}

/** Who writes in a channel when it is locked. */
export function lockNote(channel: Channel): string {
  const role = guilds[channel.guild_id ?? ""]?.roles.find((one) => one.id === channel.lock_role_id);
  return role
    ? `Only @${role.name}, the roles above it and those who manage channels write here, in its threads too.`
    : "Only those who manage channels write here, in its threads too.";
}
