/** How far one has read, and how far others have. */
import { createStore, reconcile } from "solid-js/store";
import { channels, isSilent } from "~/channel/store";
import { api, own } from "~/net/rest";
import { compareIds, isNewer, timeOf } from "~/net/snowflake";
import { guilds } from "~/guild/store";
import { type Channel, type Id, isThread, isVoice, type ReadState, type Receipt } from "~/wire";

interface Read {
  last: Id | null;
  mentions: number;
}

const [reads, set] = createStore<Record<Id, Read>>({});
const [receipts, setReceipts] = createStore<Record<Id, Record<Id, Receipt>>>({});
export { reads, receipts };

export function resetReads(entries: ReadState[]): void {
  set(
    reconcile(
      Object.fromEntries(entries.map((one) => [one.id, { last: one.last_message_id, mentions: one.mention_count }])),
    ),
  );
}

export function noteRead(channel: Id, message: Id, mentions: number): void {
  set(channel, { last: message, mentions });
}

/** How far one has read, as the server tells it. What was read here since it was told is further. */
export function acknowledged(channel: Id, message: Id, mentions: number): void {
  const waits = queued.get(channel);
  if (waits && compareIds(message, waits.message) < 0) return;
  noteRead(channel, message, mentions);
}

export function countMention(channel: Id): void {
  const known = reads[channel];
  set(channel, { last: known?.last ?? null, mentions: (known?.mentions ?? 0) + 1 });
}

/** From when on messages of a channel can be new: what was said before one joined is not. */
function since(channel: Channel): number {
  const joined = channel.member?.join_timestamp ?? (channel.guild_id ? guilds[channel.guild_id]?.joined_at : undefined);
  return joined ? Date.parse(joined) : 0;
}

export function isUnread(channel: Channel): boolean {
  const newest = channel.last_message_id;
  if (!newest || channel.archived) return false;
  if (isThread(channel) && (!channel.member || channel.thread_metadata?.archived)) return false;
  const read = reads[channel.id]?.last;
  if (read) return compareIds(newest, read) > 0;
  return timeOf(newest) > since(channel);
}

/** Whether a channel is marked as unread: one that is muted never is, only the number of its mentions is shown. */
export const looksUnread = (channel: Channel): boolean => isUnread(channel) && !isSilent(channel);

export const mentionsOf = (channel: Id): number => reads[channel]?.mentions ?? 0;

/** Mentions in all channels that one still sees. */
export const allMentions = (): number =>
  Object.keys(channels).reduce((sum, id) => sum + (channels[id] ? mentionsOf(id) : 0), 0);

/** What a guild's icon tells. */
export function guildBadge(guild: Id): { unread: boolean; mentions: number } {
  let unread = false;
  let mentions = 0;
  for (const channel of Object.values(channels)) {
    if (channel?.guild_id !== guild) continue;
    mentions += mentionsOf(channel.id);
    if (!unread && !isVoice(channel)) unread = looksUnread(channel);
  }
  return { unread, mentions };
}

/** What was read here, and the server is not told of yet. */
const queued = new Map<Id, { message: Id; timer: ReturnType<typeof setTimeout> }>();

function dequeue(channel: Id): void {
  clearTimeout(queued.get(channel)?.timer);
  queued.delete(channel);
}

/** Marks read up to a message: at once on screen, a moment later on the server. */
export function markRead(channel: Id, message: Id): void {
  const known = reads[channel];
  if (known && !isNewer(message, known.last) && known.mentions === 0) return;
  const last = isNewer(message, known?.last) ? message : (known?.last ?? message);
  set(channel, { last, mentions: 0 });
  dequeue(channel);
  const timer = setTimeout(() => {
    queued.delete(channel);
    api.post(`/channels/${channel}/messages/${last}/ack`, {}, { repeatable: true }).catch(() => {});
  }, 400);
  queued.set(channel, { message: last, timer });
}

/** Takes reading back to before a message. */
export async function markUnread(channel: Id, before: Id): Promise<void> {
  dequeue(channel);
  await api.post(`/channels/${channel}/messages/${before}/ack`, { manual: true, mention_count: 0 });
}

export async function markGuildRead(guild: Id): Promise<void> {
  const unread = Object.values(channels).filter(
    (one) => one?.guild_id === guild && (isUnread(one) || mentionsOf(one.id) > 0),
  );
  const states = unread.flatMap((one) =>
    one.last_message_id ? [{ channel_id: one.id, message_id: one.last_message_id }] : [],
  );
  for (let index = 0; index < states.length; index += 100) {
    await api.post("/read-states/ack-bulk", { read_states: states.slice(index, index + 100) });
  }
  for (const state of states) set(state.channel_id, { last: state.message_id, mentions: 0 });
}

export function setReceipt(receipt: Receipt & { channel_id: Id }): void {
  const { channel_id: channel, ...one } = receipt;
  if (!receipts[channel]) setReceipts(channel, {});
  const known = receipts[channel]?.[one.user_id];
  // An event may name only one of the two.
  setReceipts(channel, one.user_id, {
    user_id: one.user_id,
    delivered_id: one.delivered_id ?? known?.delivered_id ?? null,
    read_id: one.read_id ?? known?.read_id ?? null,
  });
}

export async function loadReceipts(channel: Id): Promise<void> {
  const list = await own.get<Receipt[]>(`/channels/${channel}/receipts`);
  setReceipts(channel, reconcile(Object.fromEntries(list.map((one) => [one.user_id, one]))));
}
