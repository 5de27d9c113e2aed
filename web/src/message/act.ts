/** What one can do with a message. */
import { can, channels } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { ApiError } from "~/net/error";
import { api } from "~/net/rest";
import { channelPath } from "~/app/router";
import { attempt, toast } from "~/ui/Toast";
import { myId } from "~/user/store";
import { type Message, MessageKind, type PartialEmoji } from "~/wire";
import { edit, reacted } from "./store";

const pathOf = (message: Message): string => `/channels/${message.channel_id}/messages/${message.id}`;
const emojiPath = (emoji: PartialEmoji): string =>
  encodeURIComponent(emoji.id ? `${emoji.name ?? "_"}:${emoji.id}` : (emoji.name ?? ""));

export const isSystem = (message: Message): boolean =>
  ![0, MessageKind.Reply, MessageKind.ChatInputCommand, MessageKind.ContextMenuCommand].includes(message.type as 0);

export const isEphemeral = (message: Message): boolean => (message.flags & 64) !== 0;

export const mayEdit = (message: Message): boolean => message.author.id === myId() && !isSystem(message) && !message.webhook_id;

/** What tells of a group or a thread stays; nobody deletes it. */
const LASTING: readonly number[] = [
  MessageKind.RecipientAdd,
  MessageKind.RecipientRemove,
  MessageKind.Call,
  MessageKind.ChannelNameChange,
  MessageKind.ChannelIconChange,
  MessageKind.ThreadStarter,
];

export const isLasting = (message: Pick<Message, "type">): boolean => LASTING.includes(message.type);

export function mayDelete(message: Message): boolean {
  const channel = channels[message.channel_id];
  if (isEphemeral(message) || isLasting(message)) return false;
  if (message.author.id === myId()) return true;
  return Boolean(channel?.guild_id && can(channel, Permission.ManageMessages));
}

export function mayPin(message: Message): boolean {
  const channel = channels[message.channel_id];
  if (!channel || isSystem(message) || isEphemeral(message)) return false;
  return !channel.guild_id || can(channel, Permission.PinMessages);
}

/** Adds one's reaction or takes it away: on screen at once, and back if the server refuses. */
export async function toggleReaction(message: Message, emoji: PartialEmoji): Promise<void> {
  const mine = message.reactions?.some((one) => one.me && (emoji.id ? one.emoji.id === emoji.id : one.emoji.name === emoji.name));
  const event = { user_id: myId(), channel_id: message.channel_id, message_id: message.id, emoji };
  reacted(event, mine ? -1 : 1);
  const path = `${pathOf(message)}/reactions/${emojiPath(emoji)}/@me`;
  try {
    await (mine ? api.delete(path) : api.put(path));
  } catch (error) {
    reacted(event, mine ? 1 : -1);
    void attempt(Promise.reject(error));
  }
}

export const listReactors = (message: Message, emoji: PartialEmoji) =>
  api.get<{ id: string; username: string; global_name: string | null; avatar: string | null }[]>(
    `${pathOf(message)}/reactions/${emojiPath(emoji)}`,
    { limit: 50 },
  );

export async function saveEdit(message: Message, content: string): Promise<void> {
  if (content.trim() === message.content) return;
  edit(await api.patch<Message>(pathOf(message), { content: content.trim() }));
}

export async function remove(message: Message): Promise<void> {
  try {
    await api.delete(pathOf(message));
  } catch (error) {
    // Somebody was faster.
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

export async function togglePin(message: Message): Promise<void> {
  const path = `/channels/${message.channel_id}/messages/pins/${message.id}`;
  await attempt(message.pinned ? api.delete(path) : api.put(path), message.pinned ? "Unpinned." : "Pinned.");
}

export async function copyText(text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(said, "good");
  } catch {
    toast("The browser does not let pages copy here.", "bad");
  }
}

export const linkOf = (message: Message): string =>
  location.origin + channelPath(channels[message.channel_id]?.guild_id, message.channel_id, message.id);

export const removeEmbeds = (message: Message) => attempt(api.patch(pathOf(message), { flags: message.flags | 4 }));
