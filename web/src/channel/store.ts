/** Channels and threads, whoever types in them, and what one may do there. */
import { createStore, produce, reconcile } from "solid-js/store";
import { Permission, PRIVATE, overwritesOf, permissionsOf } from "~/guild/permissions";
import { guilds } from "~/guild/store";
import { verificationIn } from "~/guild/verification";
import { memberOf } from "~/member/store";
import { compareIds } from "~/net/snowflake";
import { isPast } from "~/net/clock";
import { isMuted, learnUser, myId, nameOf, users } from "~/user/store";
import { type Channel, ChannelKind, type Id, isPrivate, isText, isThread, isVoice, type ThreadMember } from "~/wire";

const [channels, set] = createStore<Record<Id, Channel>>({});
const [typing, setTyping] = createStore<Record<Id, Record<Id, number>>>({});
export { channels, typing };

export function putChannel(channel: Channel): void {
  for (const user of channel.recipients ?? []) learnUser(user);
  const known = channels[channel.id];
  // An update does not repeat one's own membership of a thread.
  set(channel.id, reconcile(known?.member && !channel.member ? { ...channel, member: known.member } : channel));
}

export function putChannels(all: Channel[]): void {
  for (const channel of all) putChannel(channel);
}

export function dropChannel(id: Id): void {
  set(produce((draft) => delete draft[id]));
}

export function dropChannels(guild: Id): void {
  set(
    produce((draft) => {
      for (const channel of Object.values(draft)) if (channel.guild_id === guild) delete draft[channel.id];
    }),
  );
}

/** Replaces what is known of a guild's channels, or of direct messages (null). Of archived threads nobody is told: they stay with their channel. */
export function resetChannels(guild: Id | null, all: Channel[]): void {
  const kept = new Set(all.map((channel) => channel.id));
  const stays = (channel: Channel) =>
    kept.has(channel.id) ||
    (isThread(channel) && channel.thread_metadata?.archived && kept.has(channel.parent_id ?? ""));
  set(
    produce((draft) => {
      for (const channel of Object.values(draft)) {
        if ((channel.guild_id ?? null) === guild && !stays(channel)) delete draft[channel.id];
      }
    }),
  );
  putChannels(guild ? all.map((channel) => ({ ...channel, guild_id: guild })) : all);
}

export function noteLastMessage(channel: Id, message: Id): void {
  const known = channels[channel];
  if (known && (!known.last_message_id || compareIds(message, known.last_message_id) > 0)) {
    set(channel, "last_message_id", message);
  }
}

/** A message more in a thread. */
export function countMessage(channel: Id): void {
  const known = channels[channel];
  if (known && isThread(known)) set(channel, "message_count", (known.message_count ?? 0) + 1);
}

export function notePins(channel: Id, at: string | null): void {
  if (channels[channel]) set(channel, "last_pin_timestamp", at);
}

export function setThreadMember(member: ThreadMember | undefined, thread: Id): void {
  if (channels[thread]) set(thread, "member", member);
}

export function countThread(thread: Id, members: number): void {
  if (channels[thread]) set(thread, "member_count", members);
}

export function changeRecipients(
  channel: Id,
  change: (ids: NonNullable<Channel["recipients"]>) => Channel["recipients"],
): void {
  if (channels[channel]) set(channel, "recipients", (all) => change(all ?? []));
}

/** How long somebody is shown as typing after the last sign of it. */
const TYPING_MS = 10_000;

export function noteTyping(channel: Id, user: Id): void {
  const until = Date.now() + TYPING_MS;
  if (!typing[channel]) setTyping(channel, {});
  setTyping(channel, user, until);
  setTimeout(() => {
    if ((typing[channel]?.[user] ?? 0) <= Date.now()) stopTyping(channel, user);
  }, TYPING_MS + 50);
}

export function stopTyping(channel: Id, user: Id): void {
  if (typing[channel]?.[user])
    setTyping(
      channel,
      produce((draft) => delete draft[user]),
    );
}

export const typersIn = (channel: Id): Id[] => Object.keys(typing[channel] ?? {}).filter((id) => id !== myId());

const byPlace = (a: Channel, b: Channel): number => (a.position ?? 0) - (b.position ?? 0) || compareIds(a.id, b.id);

export interface Section {
  category: Channel | null;
  channels: Channel[];
}

/** A guild's channels under their categories, voice below text. */
export function sectionsOf(guild: Id): Section[] {
  const all = Object.values(channels).filter((channel) => channel?.guild_id === guild && !isThread(channel));
  const inside = (parent: Id | null) =>
    all
      .filter(
        (channel) =>
          channel.type !== ChannelKind.Category && (channel.parent_id ?? null) === parent && !channel.archived,
      )
      .sort((a, b) => Number(isVoice(a)) - Number(isVoice(b)) || byPlace(a, b));
  const categories = all.filter((channel) => channel.type === ChannelKind.Category).sort(byPlace);
  const known = new Set(categories.map((category) => category.id));
  const loose = all
    .filter(
      (channel) =>
        channel.type !== ChannelKind.Category &&
        channel.parent_id &&
        !known.has(channel.parent_id) &&
        !channel.archived,
    )
    .sort(byPlace);
  return [
    { category: null, channels: [...inside(null), ...loose] },
    ...categories.map((category) => ({ category, channels: inside(category.id) })),
  ].filter((section) => section.category || section.channels.length > 0);
}

/** Active threads of a channel that one has joined, or all. */
export const threadsOf = (parent: Id, joined = false): Channel[] =>
  Object.values(channels)
    .filter(
      (one) =>
        one && isThread(one) && one.parent_id === parent && !one.thread_metadata?.archived && (!joined || one.member),
    )
    .sort((a, b) => compareIds(b.last_message_id ?? b.id, a.last_message_id ?? a.id));

/** Direct messages, newest first. */
export const privateChannels = (): Channel[] =>
  Object.values(channels)
    .filter((one) => one && isPrivate(one))
    .sort((a, b) => compareIds(b.last_message_id ?? b.id, a.last_message_id ?? a.id));

export function channelName(channel: Channel): string {
  if (channel.name) return channel.name;
  const recipients = channel.recipients ?? [];
  if (recipients.length > 0) return recipients.map((user) => nameOf(users[user.id] ?? user)).join(", ");
  return channel.type === ChannelKind.GroupDm ? "Empty group" : "Unknown";
}

/** The first answer that is had of a channel, of its parent, and of that one's. */
export function nearest<T>(id: Id, ask: (id: Id) => T | undefined): T | undefined {
  for (let at: Id | null | undefined = id; at; at = channels[at]?.parent_id) {
    const answer = ask(at);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Whether nothing of a channel is to be heard, and nothing but the number of its mentions seen: it is muted, or what it stands in is. */
export const isSilent = (channel: Channel): boolean =>
  nearest(channel.id, (id) => isMuted(channel.guild_id, id) || undefined) ?? false;

/** Until when one may not say anything in a guild; null where one may. */
export function timedOutUntil(guild: Id): number | null {
  const until = Date.parse(memberOf(guild, myId())?.communication_disabled_until ?? "");
  return Number.isNaN(until) || isPast(until) ? null : until;
}

/** What one may do in a channel. */
export function permissionsIn(channel: Channel): bigint {
  if (!channel.guild_id) return PRIVATE;
  const parent = channel.parent_id ? channels[channel.parent_id] : undefined;
  return mine(channel.guild_id, overwritesOf(channel, parent), channel.type);
}

export const permissionsAt = (guild: Id): bigint => mine(guild);

function mine(guild: Id, overwrites?: Parameters<typeof permissionsOf>[3], kind?: number): bigint {
  const known = guilds[guild];
  if (!known) return 0n;
  const roles = memberOf(guild, myId())?.roles ?? [];
  const holder = { user: myId(), roles, owner: known.owner_id === myId(), timedOut: timedOutUntil(guild) !== null };
  return permissionsOf(guild, known.roles, holder, overwrites, kind);
}

export const can = (channel: Channel, permission: bigint): boolean =>
  (permissionsIn(channel) & permission) === permission;
export const canIn = (guild: Id, permission: bigint): boolean => (permissionsAt(guild) & permission) === permission;

/** Whether one may put a reaction there that nobody has put yet. */
export const canReact = (channel: Channel): boolean =>
  can(channel, Permission.AddReactions) && (!channel.guild_id || verificationIn(channel.guild_id) === null);

export function canSend(channel: Channel): boolean {
  if (!channel.guild_id) return true;
  if (isShutOut(channel) || verificationIn(channel.guild_id) !== null) return false;
  if (isThread(channel)) {
    if (channel.thread_metadata?.locked && !can(channel, Permission.ManageThreads)) return false;
    return can(channel, Permission.SendInThreads);
  }
  return can(channel, Permission.SendMessages);
}

/** The channel whose lock and standing count: a thread has those of the channel that it is in. */
export const measured = (channel: Channel): Channel | undefined =>
  isThread(channel) ? channels[channel.parent_id ?? ""] : channel;

/** Whether nobody like oneself writes here: it is archived, or locked at a role above one's own. */
export function isShutOut(channel: Channel): boolean {
  const place = measured(channel);
  if (!place) return false;
  return Boolean(place.archived || (place.locked && !passesLock(place)));
}

function passesLock(channel: Channel): boolean {
  if (can(channel, Permission.ManageChannels)) return true;
  const roles = guilds[channel.guild_id ?? ""]?.roles ?? [];
  const bar = roles.find((role) => role.id === channel.lock_role_id);
  const held = memberOf(channel.guild_id, myId())?.roles ?? [];
  return bar !== undefined && roles.some((role) => held.includes(role.id) && role.position >= bar.position);
}

/** Where one lands when a guild is opened. */
export function firstChannel(guild: Id): Channel | undefined {
  const all = sectionsOf(guild).flatMap((section) => section.channels);
  return all.find((one) => isText(one) && can(one, Permission.ViewChannel)) ?? all.find((one) => isVoice(one));
}
