/** Posts of a forum in their order: plain decisions. */
import { compareIds } from "~/net/snowflake";
import { type Channel, ChannelFlag, type Id, SortOrder } from "~/wire";

export interface Wish {
  order: number;
  tags: readonly Id[];
  /** A text that the title must hold. */
  text: string;
}

export const isPinned = (post: Channel): boolean => ((post.flags ?? 0) & ChannelFlag.Pinned) !== 0;

const latest = (post: Channel): Id => post.last_message_id ?? post.id;

/** Those that fit, pinned ones first; archived ones come after all others. */
export function arrange(posts: readonly Channel[], wish: Wish): { active: Channel[]; older: Channel[] } {
  const text = wish.text.trim().toLowerCase();
  const fits = posts.filter(
    (post) =>
      (wish.tags.length === 0 || wish.tags.some((tag) => post.applied_tags?.includes(tag))) &&
      (!text || (post.name ?? "").toLowerCase().includes(text)),
  );
  const by = wish.order === SortOrder.CreationDate ? (post: Channel) => post.id : latest;
  const sorted = fits.sort((a, b) => Number(isPinned(b)) - Number(isPinned(a)) || compareIds(by(b), by(a)));
  return {
    active: sorted.filter((post) => !post.thread_metadata?.archived || isPinned(post)),
    older: sorted.filter((post) => post.thread_metadata?.archived && !isPinned(post)),
  };
}

/** What is wrong with a new post, if anything. */
export function problemOf(
  forum: Pick<Channel, "flags">,
  post: { title: string; content: string; tags: readonly Id[]; files: number },
): string | null {
  if (!post.title.trim()) return "It needs a title.";
  if (!post.content.trim() && post.files === 0) return "It needs a message.";
  if (((forum.flags ?? 0) & ChannelFlag.RequireTag) !== 0 && post.tags.length === 0) return "It needs a tag.";
  return null;
}

/** Takes a tag or gives it back, as many as a post may have. */
export const MOST_TAGS = 5;
export function toggleTag(tags: readonly Id[], tag: Id): Id[] {
  if (tags.includes(tag)) return tags.filter((other) => other !== tag);
  return tags.length < MOST_TAGS ? [...tags, tag] : [...tags];
}
