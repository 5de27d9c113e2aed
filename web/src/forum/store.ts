/** Posts of forums: their first messages, older ones, and new ones. */
import { createStore, produce } from "solid-js/store";
import { channels, putChannel, putChannels, setThreadMember } from "~/channel/store";
import { outgoing } from "~/composer/shortcode";
import { emojiSet } from "~/emoji/data";
import { messageOf } from "~/message/store";
import { api } from "~/net/rest";
import { type Upload, upload } from "~/net/upload";
import { learnUser, myId } from "~/user/store";
import {
  type Channel,
  type Id,
  isForum,
  isThread,
  type Message,
  type ReactionEvent,
  type ThreadMember,
  type PartialEmoji,
} from "~/wire";
import type { Wish } from "./posts";

/** What posts begin with; the message has the id of its post. */
const [firsts, set] = createStore<Record<Id, Message>>({});

/** What is open is fresher than what the list was told. */
export const firstOf = (post: Id): Message | undefined => messageOf(post, post) ?? firsts[post];

export function noteFirst(message: Message): void {
  if (message.id === message.channel_id) set(message.id, message);
}

export function changeFirst(patch: Partial<Message> & { id: Id; channel_id: Id }): void {
  if (patch.id === patch.channel_id && firsts[patch.id]) set(patch.id, patch);
}

/** Messages were deleted: a post may be left without what it began with. */
export function dropFirsts(ids: readonly Id[]): void {
  set(produce((draft) => ids.forEach((id) => void delete draft[id])));
}

const sameEmoji = (a: PartialEmoji, b: PartialEmoji): boolean => (a.id ? a.id === b.id : !b.id && a.name === b.name);

/** A reaction more or less on what a post begins with. */
export function countReaction(event: ReactionEvent, by: 1 | -1): void {
  if (event.message_id !== event.channel_id || !firsts[event.message_id]) return;
  const mine = event.user_id === myId();
  set(
    event.message_id,
    produce((message) => {
      message.reactions ??= [];
      const known = message.reactions.find((one) => sameEmoji(one.emoji, event.emoji));
      if (known) {
        if (mine && known.me === by > 0) return;
        known.count += by;
        if (mine) known.me = by > 0;
        if (known.count <= 0) message.reactions = message.reactions.filter((one) => one !== known);
      } else if (by > 0) message.reactions.push({ emoji: event.emoji, count: 1, me: mine });
    }),
  );
}

interface Found {
  threads: Channel[];
  members: ThreadMember[];
  first_messages?: Message[];
  has_more: boolean;
  total_results: number;
}

const PAGE = 25;

export interface FoundPage {
  ids: Id[];
  more: boolean;
}

/** A page of posts, archived ones too, with what they begin with. */
export async function findPosts(forum: Id, wish: Wish, offset: number): Promise<FoundPage> {
  const found = await api.get<Found>(`/channels/${forum}/threads/search`, {
    sort_by: wish.order === 1 ? "creation_time" : "last_message_time",
    sort_order: "desc",
    limit: PAGE,
    offset,
    tag_setting: "match_some",
    tag: wish.tags.join(","),
    name: wish.text.trim(),
  });
  putChannels(found.threads);
  for (const member of found.members) setThreadMember(member, member.id);
  for (const message of found.first_messages ?? []) {
    learnUser(message.author);
    noteFirst(message);
  }
  return { ids: found.threads.map((one) => one.id), more: found.has_more };
}

export const postsOf = (forum: Id): Channel[] =>
  Object.values(channels).filter((one) => one && isThread(one) && one.parent_id === forum);

export const forumOf = (post: Channel): Channel | undefined => {
  const parent = isThread(post) && post.parent_id ? channels[post.parent_id] : undefined;
  return parent && isForum(parent) ? parent : undefined;
};

export interface NewPost {
  title: string;
  content: string;
  tags: Id[];
  files: File[];
}

/** Sends a post; `progress` hears how much of its files is there. */
export async function publish(forum: Channel, post: NewPost, progress: (share: number) => void): Promise<Channel> {
  const standard = await emojiSet().catch(() => undefined);
  const body = {
    name: post.title.trim(),
    message: { content: outgoing(post.content, {}, forum, standard) },
    applied_tags: post.tags,
  };
  const path = `/channels/${forum.id}/threads`;
  const sent: Promise<Channel & { message?: Message }> =
    post.files.length > 0
      ? (upload(path, body, post.files, progress) as Upload<Channel & { message?: Message }>).done
      : api.post(path, body);
  const { message, ...made } = await sent;
  if (message) noteFirst(message);
  const member = { id: made.id, user_id: myId(), join_timestamp: new Date().toISOString(), flags: 0 };
  putChannel({ ...made, member: made.member ?? member });
  return made;
}

export const applyTags = (post: Id, tags: Id[]): Promise<unknown> =>
  api.patch<Channel>(`/channels/${post}`, { applied_tags: tags }).then(putChannel);
