/** Which message is answered, pointed at, or about to be deleted. */
import { createSignal } from "solid-js";
import { createStore } from "solid-js/store";
import { channelPath, navigate, place } from "~/app/router";
import { channels } from "~/channel/store";
import { fetchChannel } from "~/thread/store";
import type { Id, Message } from "~/wire";
import { openAround } from "./store";

const [replies, setReplies] = createStore<Record<Id, { message: Message; ping: boolean } | undefined>>({});
export { replies };

export const replyTo = (message: Message): void => setReplies(message.channel_id, { message, ping: true });
export const stopReply = (channel: Id): void => setReplies(channel, undefined);
export const togglePing = (channel: Id): void => {
  const now = replies[channel];
  if (now) setReplies(channel, { ...now, ping: !now.ping });
};

/** Asked for by somebody: shown in the middle, and lit for a moment. */
const [pointed, setPointed] = createSignal<{ channel: Id; id: Id; key: number } | null>(null);
export { pointed };
let key = 0;

/** How long a message is lit. */
const LIT_MS = 2400;

/** Shows a message where it was said; with `replace`, in the place of the address that named it. */
export async function jumpTo(channel: Id, id: Id, options: { replace?: boolean } = {}): Promise<void> {
  // A channel that cannot be had is not there: its page says so.
  if (!channels[channel]) await fetchChannel(channel).catch(() => {});
  const known = channels[channel];
  if (!known) return navigate(channelPath(openGuild(), channel), options);
  navigate(channelPath(known.guild_id, channel), options);
  await openAround(channel, id);
  key += 1;
  const mine = key;
  setPointed({ channel, id, key });
  setTimeout(() => setPointed((now) => (now?.key === mine ? null : now)), LIT_MS);
}

function openGuild(): Id | undefined {
  const now = place();
  return now.kind === "guild" ? now.guild : undefined;
}

const [deleting, setDeleting] = createSignal<Message | null>(null);
export { deleting, setDeleting };

/** Shown large. */
const [viewed, setViewed] = createSignal<{ url: string; name: string; alt: string } | null>(null);
export { setViewed, viewed };
