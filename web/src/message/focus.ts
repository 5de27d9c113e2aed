/** Which message is edited, answered, pointed at, or about to be deleted. */
import { createSignal } from "solid-js";
import { createStore } from "solid-js/store";
import { channelPath, navigate } from "~/app/router";
import { channels } from "~/channel/store";
import type { Id, Message } from "~/wire";
import { openAround } from "./store";

const [editing, setEditing] = createSignal<Id | null>(null);
export { editing, setEditing };

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

export async function jumpTo(channel: Id, id: Id): Promise<void> {
  navigate(channelPath(channels[channel]?.guild_id, channel));
  await openAround(channel, id);
  key += 1;
  setPointed({ channel, id, key });
}

const [deleting, setDeleting] = createSignal<Message | null>(null);
export { deleting, setDeleting };

/** Shown large. */
const [viewed, setViewed] = createSignal<{ url: string; name: string; alt: string } | null>(null);
export { setViewed, viewed };
