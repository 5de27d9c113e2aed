/** Whether somebody sees a channel, as far as it is known what they hold. */
import { channels } from "~/channel/store";
import { overwritesOf, Permission, permissionsOf } from "~/guild/permissions";
import { guilds } from "~/guild/store";
import type { Channel, Id } from "~/wire";
import { memberOf } from "./store";

export function sees(channel: Channel, user: Id): boolean {
  const guild = channel.guild_id ? guilds[channel.guild_id] : undefined;
  if (!guild) return true;
  const parent = channel.parent_id ? channels[channel.parent_id] : undefined;
  const holder = { user, roles: memberOf(guild.id, user)?.roles ?? [], owner: guild.owner_id === user };
  return (permissionsOf(guild.id, guild.roles, holder, overwritesOf(channel, parent)) & Permission.ViewChannel) !== 0n;
}
