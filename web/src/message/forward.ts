/** Handing a message on: to where one may write, and how it goes there. */
import { can, canSend, channelName, channels } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { guilds } from "~/guild/store";
import { api } from "~/net/rest";
import { compareIds, makeNonce } from "~/net/snowflake";
import { isBlocked, relationships } from "~/relationship/store";
import { nameOf, users } from "~/user/store";
import { type Channel, ChannelKind, type Id, isForum, isThread, isVoice, type Message, RelationshipKind, type User } from "~/wire";
import { isEphemeral, isSystem } from "./act";

/** Where a message can go: a channel, or somebody with whom there is none yet. */
export interface Place {
  /** The channel's id, or `user` and theirs. */
  key: string;
  name: string;
  /** What it stands in. */
  about: string;
  channel?: Channel;
  user?: User;
}

/** What the server hands on: nothing that it says itself, and no poll, whose votes are where it is. */
export function mayForward(message: Message): boolean {
  const channel = channels[message.channel_id];
  if (!channel || isSystem(message) || isEphemeral(message) || message.poll) return false;
  return !channel.guild_id || can(channel, Permission.ReadMessageHistory);
}

function takes(channel: Channel): boolean {
  if (channel.type === ChannelKind.Category || isForum(channel)) return false;
  if (!channel.guild_id) return !channel.recipients?.some((one) => channel.type === ChannelKind.Dm && isBlocked(one.id));
  if (!can(channel, Permission.ViewChannel) || (isVoice(channel) && !can(channel, Permission.Connect))) return false;
  if (isThread(channel) && (!channel.member || channel.thread_metadata?.archived)) return false;
  return canSend(channel);
}

/** All places that take a message of oneself, where something was said last first. */
export function places(): Place[] {
  const found: (Place & { last: Id })[] = [];
  const friends = new Set<Id>();
  for (const channel of Object.values(channels)) {
    if (!channel || !takes(channel)) continue;
    const other = channel.type === ChannelKind.Dm ? channel.recipients?.[0] : undefined;
    if (other) friends.add(other.id);
    const user = other && (users[other.id] ?? other);
    found.push({
      key: channel.id,
      name: channelName(channel),
      about: channel.guild_id ? (guilds[channel.guild_id]?.name ?? "") : (user?.username ?? "Group"),
      channel,
      ...(user ? { user } : {}),
      last: channel.last_message_id ?? channel.id,
    });
  }
  for (const one of Object.values(relationships)) {
    const user = one?.type === RelationshipKind.Friend && !friends.has(one.id) ? users[one.id] : undefined;
    if (user) found.push({ key: `user ${user.id}`, name: nameOf(user), about: user.username, user, last: "0" });
  }
  return found.sort((a, b) => compareIds(b.last, a.last) || a.name.localeCompare(b.name));
}

const say = (channel: Id, body: object): Promise<Message> =>
  api.post(`/channels/${channel}/messages`, { ...body, nonce: makeNonce(), enforce_nonce: true }, { repeatable: true });

/** What became of a place: where the message itself is, only the note is still to be said. */
export type Arrived = Map<string, Id>;

/** Hands a message on to a place, with a note after it; what arrived there before does not go again. */
export async function handOn(message: Message, key: string, note: string, arrived: Arrived): Promise<void> {
  let channel = arrived.get(key);
  if (!channel) {
    channel = key.startsWith("user ")
      ? (await api.post<Channel>("/users/@me/channels", { recipient_id: key.slice(5) })).id
      : key;
    await say(channel, { message_reference: { type: 1, message_id: message.id, channel_id: message.channel_id } });
    arrived.set(key, channel);
  }
  if (note) await say(channel, { content: note });
}
