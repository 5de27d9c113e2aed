/** What can be chosen: a menu's own options, or the people, roles and channels of the place. */
import Users from "lucide-solid/icons/users";
import { Dynamic } from "solid-js/web";
import { iconOf } from "~/channel/icon";
import { can, channelName, channels } from "~/channel/store";
import { Face } from "~/emoji/Face";
import { Permission } from "~/guild/permissions";
import { rolesByRank } from "~/guild/store";
import { displayName, faceIn, members, roleColor } from "~/member/store";
import { Avatar } from "~/ui/Avatar";
import type { Chosen } from "~/ui/Chooser";
import { account, users } from "~/user/store";
import { type Channel, type Component, ComponentKind, type Id, isThread } from "~/wire";

export function people(channel: Channel | undefined): Chosen[] {
  const guild = channel?.guild_id;
  const me = account.me;
  const all = guild
    ? Object.keys(members[guild] ?? {}).flatMap((id) => users[id] ?? [])
    : [...(channel?.recipients ?? []), ...(me ? [me] : [])];
  return all
    .map((user) => ({ user, label: displayName(guild, user) }))
    .map(({ user, label }) => ({
      value: user.id,
      label,
      about: label === user.username ? undefined : user.username,
      face: () => <Avatar user={user} src={faceIn(guild, user.id, 24)} size={24} />,
    }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

export const roles = (guild: Id | undefined): Chosen[] =>
  (guild ? rolesByRank(guild) : []).map((role) => ({
    value: role.id,
    label: role.id === guild ? "@everyone" : `@${role.name}`,
    face: () => <Users size={18} color={roleColor(role) ?? "currentColor"} />,
  }));

/** Channels that one sees, of these kinds or of all. */
export const places = (guild: Id | undefined, kinds: readonly number[] | undefined): Chosen[] =>
  Object.values(channels)
    .filter((one) => one && guild && one.guild_id === guild && can(one, Permission.ViewChannel))
    .filter((one) => (kinds?.length ? kinds.includes(one.type) : !isThread(one)))
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
    .map((one) => ({
      value: one.id,
      label: channelName(one),
      about: one.parent_id ? channels[one.parent_id]?.name?.toString() : undefined,
      face: () => <Dynamic component={iconOf(one)} size={18} />,
    }));

/** Whether people are among what can be chosen: those that are not known here are asked for. */
export const takesPeople = (component: Component): boolean =>
  component.type === ComponentKind.UserSelect || component.type === ComponentKind.MentionableSelect;

/** What a menu offers. */
export function offered(component: Component, channel: Channel | undefined): Chosen[] {
  const guild = channel?.guild_id;
  switch (component.type) {
    case ComponentKind.UserSelect:
      return people(channel);
    case ComponentKind.RoleSelect:
      return roles(guild);
    case ComponentKind.MentionableSelect:
      return [...people(channel), ...roles(guild)];
    case ComponentKind.ChannelSelect:
      return places(guild, component.channel_types);
    default:
      return (component.options ?? []).map(({ emoji, ...option }) => ({
        value: option.value,
        label: option.label,
        about: option.description,
        ...(emoji ? { face: () => <Face emoji={emoji} size={20} /> } : {}),
      }));
  }
}
