/** What may be meant by the beginning of a name. */
import { can, channelName, channels } from "~/channel/store";
import { commandsHere } from "~/command/store";
import { type EmojiSet, ofCustom, ofStandard, searchStandard } from "~/emoji/data";
import { Permission } from "~/guild/permissions";
import { guildList, guilds } from "~/guild/store";
import { seekMembers } from "~/member/seek";
import { displayName, members } from "~/member/store";
import { statusOf } from "~/presence/store";
import { users } from "~/user/store";
import { type Channel, type Command, isPrivate, isText, isThread, isVoice, type User } from "~/wire";
import type { Token } from "./format";

export type Suggestion =
  | { kind: "user"; user: User; label: string; insert: string; token: string }
  | { kind: "role"; label: string; color: number; insert: string; token: string }
  | { kind: "everyone"; label: string; insert: string; about: string }
  | { kind: "channel"; channel: Channel; label: string; insert: string; token: string }
  | { kind: "emoji"; label: string; insert: string; emoji: { id?: string | null; name?: string | null } }
  | { kind: "command"; command: Command; label: string; about: string; application: string };

const MOST = 10;

/** Smaller is better; null is no match. */
function rank(query: string, ...names: (string | null | undefined)[]): number | null {
  const wanted = query.toLowerCase();
  let best: number | null = null;
  for (const name of names) {
    const low = name?.toLowerCase();
    const at = low === undefined ? -1 : low.indexOf(wanted);
    if (at < 0) continue;
    const score = low === wanted ? 0 : at === 0 ? 1 : 2;
    if (best === null || score < best) best = score;
  }
  return best;
}

function ranked<T>(all: T[], score: (one: T) => number | null): T[] {
  return all
    .flatMap((one) => {
      const value = score(one);
      return value === null ? [] : [{ one, value }];
    })
    .sort((a, b) => a.value - b.value)
    .slice(0, MOST)
    .map(({ one }) => one);
}

export function suggest(token: Token, channel: Channel, emoji: EmojiSet | undefined): Suggestion[] {
  switch (token.kind) {
    case "@":
      return people(token.query, channel);
    case "#":
      return places(token.query, channel);
    case ":":
      return pictures(token.query, emoji);
    case "/":
      return commands(token.query, channel);
  }
}

function people(query: string, channel: Channel): Suggestion[] {
  const guild = channel.guild_id;
  seekMembers(guild, query);
  const all: User[] = guild
    ? Object.keys(members[guild] ?? {}).flatMap((id) => users[id] ?? [])
    : (channel.recipients ?? []);
  const found = ranked(all, (user) => {
    const score = rank(query, displayName(guild, user), user.username);
    return score === null ? null : score + (statusOf(user.id) === "offline" ? 0.5 : 0);
  });
  const list: Suggestion[] = found.map((user) => ({
    kind: "user",
    user,
    label: displayName(guild, user),
    insert: `@${user.username}`,
    token: `<@${user.id}>`,
  }));
  if (!guild) return list;
  const everyone = can(channel, Permission.MentionEveryone);
  const roles = (guilds[guild]?.roles ?? []).filter((role) => role.id !== guild && (role.mentionable || everyone));
  for (const role of ranked(roles, (one) => rank(query, one.name))) {
    list.push({ kind: "role", label: role.name, color: role.color, insert: `@${role.name}`, token: `<@&${role.id}>` });
  }
  if (everyone) {
    if (rank(query, "everyone") !== null) {
      list.push({ kind: "everyone", label: "everyone", insert: "@everyone", about: "Everybody who sees this channel" });
    }
    if (rank(query, "here") !== null) {
      list.push({ kind: "everyone", label: "here", insert: "@here", about: "Everybody here who is online" });
    }
  }
  return list.slice(0, MOST);
}

function places(query: string, channel: Channel): Suggestion[] {
  const all = Object.values(channels).filter(
    (one) => one && !isPrivate(one) && one.guild_id === channel.guild_id && (isText(one) || isVoice(one) || isThread(one)),
  );
  return ranked(all, (one) => rank(query, one.name)).map((one) => ({
    kind: "channel",
    channel: one,
    label: channelName(one),
    insert: `#${channelName(one)}`,
    token: `<#${one.id}>`,
  }));
}

function pictures(query: string, set: EmojiSet | undefined): Suggestion[] {
  const own = ranked(
    guildList().flatMap((guild) => guild.emojis),
    (one) => rank(query, one.name),
  ).map(ofCustom);
  const standard = set ? searchStandard(set, query, MOST).map(ofStandard) : [];
  return [...own, ...standard].slice(0, MOST).map((found) => ({
    kind: "emoji",
    label: found.label,
    insert: found.emoji.id ? `:${found.label}:` : found.text,
    emoji: found.emoji,
  }));
}

function commands(query: string, channel: Channel): Suggestion[] {
  const { commands, names } = commandsHere(channel);
  const all = commands.filter((one) => one.type === 1);
  return ranked(all, (one) => rank(query.trim(), one.name)).map((command) => ({
    kind: "command",
    command,
    label: command.name,
    about: command.description,
    application: names.get(command.application_id) ?? "",
  }));
}
