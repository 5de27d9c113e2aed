/** Guilds with their roles and emoji, as far as one is a member. */
import { createStore, produce, reconcile } from "solid-js/store";
import type { Emoji, Guild, Id, Role, Sticker } from "~/wire";

export interface KnownGuild extends Guild {
  joined_at?: string;
  large?: boolean;
  member_count: number;
  unavailable?: boolean;
}

const [guilds, set] = createStore<Record<Id, KnownGuild>>({});
export { guilds };

export const guildList = (): KnownGuild[] =>
  Object.values(guilds)
    .filter(Boolean)
    .sort((a, b) => (a.joined_at ?? "").localeCompare(b.joined_at ?? ""));

export function putGuild(guild: KnownGuild): void {
  set(guild.id, reconcile(guild));
}

export function updateGuild(guild: Guild): void {
  if (guilds[guild.id]) set(guild.id, { ...guild, member_count: guilds[guild.id]?.member_count ?? 1 });
}

export function dropGuild(id: Id): void {
  set(produce((draft) => delete draft[id]));
}

export function putRole(guild: Id, role: Role): void {
  if (!guilds[guild]) return;
  set(guild, "roles", (roles) => [...roles.filter((other) => other.id !== role.id), role]);
}

export function dropRole(guild: Id, role: Id): void {
  if (guilds[guild]) set(guild, "roles", (roles) => roles.filter((other) => other.id !== role));
}

export function setEmojis(guild: Id, emojis: Emoji[]): void {
  if (guilds[guild]) set(guild, "emojis", emojis);
}

export function setStickers(guild: Id, stickers: Sticker[]): void {
  if (guilds[guild]) set(guild, "stickers", stickers);
}

export function countMember(guild: Id, by: 1 | -1): void {
  if (guilds[guild]) set(guild, "member_count", (count) => count + by);
}

export const roleOf = (guild: Id, role: Id): Role | undefined => guilds[guild]?.roles.find((one) => one.id === role);

/** Highest first. */
export const rolesByRank = (guild: Id): Role[] =>
  [...(guilds[guild]?.roles ?? [])].sort((a, b) => b.position - a.position || a.id.localeCompare(b.id));
