/** Members of guilds, and what they look like there. */
import { createStore, produce, reconcile } from "solid-js/store";
import { guilds } from "~/guild/store";
import { memberAvatar } from "~/net/cdn";
import { learnUser, nameOf, users } from "~/user/store";
import type { Id, Member, Role, User } from "~/wire";

type Known = Omit<Member, "user">;

const [members, set] = createStore<Record<Id, Record<Id, Known>>>({});
export { members };

const bare = ({ user: _, ...member }: Member): Known => member;

/** All that a guild's event tells; with `whole`, nobody else is left. */
export function putMembers(guild: Id, all: Member[], whole = false): void {
  for (const member of all) if (member.user) learnUser(member.user);
  const next = Object.fromEntries(all.flatMap((member) => (member.user ? [[member.user.id, bare(member)]] : [])));
  if (whole || !members[guild]) set(guild, reconcile(next));
  else
    set(
      guild,
      produce((draft) => void Object.assign(draft, next)),
    );
}

export function putMember(guild: Id, user: Id, member: Member): void {
  if (!members[guild]) return;
  set(guild, user, reconcile(bare(member)));
}

export function dropMember(guild: Id, user: Id): void {
  if (members[guild])
    set(
      guild,
      produce((draft) => delete draft[user]),
    );
}

export function dropMembers(guild: Id): void {
  set(produce((draft) => delete draft[guild]));
}

export const memberOf = (guild: Id | null | undefined, user: Id): Known | undefined =>
  guild ? members[guild]?.[user] : undefined;

/** What somebody is called here. */
export function displayName(guild: Id | null | undefined, user: Pick<User, "id" | "username" | "global_name">): string {
  return memberOf(guild, user.id)?.nick ?? nameOf(users[user.id] ?? user);
}

/** Their picture of this guild alone, if they have one. */
export function faceIn(guild: Id | null | undefined, user: Id, size: number): string | null {
  const hash = memberOf(guild, user)?.avatar;
  return guild && hash ? memberAvatar(guild, user, hash, size) : null;
}

/** Roles that somebody holds here, highest first. */
export function rolesOf(guild: Id | null | undefined, user: Id): Role[] {
  const held = memberOf(guild, user)?.roles ?? [];
  const roles = (guild && guilds[guild]?.roles) || [];
  return roles.filter((role) => held.includes(role.id)).sort((a, b) => b.position - a.position);
}

/** The colour of the highest role that has one, made light or dark enough to be read on the theme's ground. */
export function nameColor(guild: Id | null | undefined, user: Id): string | undefined {
  const role = rolesOf(guild, user).find((one) => one.color !== 0);
  const color = role && roleColor(role);
  return color && readable(color);
}

/** A colour that can be read on the ground of either theme. */
export const readable = (color: string): string =>
  `light-dark(oklch(from ${color} min(l, 0.5) c h), oklch(from ${color} max(l, 0.72) c h))`;

export const roleColor = (role: Pick<Role, "color">): string | undefined =>
  role.color ? `#${role.color.toString(16).padStart(6, "0")}` : undefined;
