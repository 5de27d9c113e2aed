/** Under a message: the thread that was started from it. */
import MessagesSquare from "lucide-solid/icons/messages-square";
import { onMount, Show } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { channels } from "~/channel/store";
import type { Message } from "~/wire";
import { askAfter } from "./store";

const words = (count: number): string =>
  count === 0 ? "See the thread" : count === 1 ? "1 message" : `${count} messages`;

export function ThreadLink(props: { message: Message }) {
  // A thread has the id of the message that it was started from.
  const thread = () => channels[props.message.id] ?? props.message.thread;
  onMount(() => !thread() && askAfter(props.message.id));
  return (
    <Show when={thread()}>
      {(known) => (
        <button
          type="button"
          class="thread-link"
          onClick={() => navigate(channelPath(known().guild_id ?? channels[props.message.channel_id]?.guild_id, known().id))}
        >
          <MessagesSquare size={16} />
          <strong class="truncate">{known().name}</strong>
          <span class="grow" />
          <span>{words(known().message_count ?? 0)} ›</span>
        </button>
      )}
    </Show>
  );
}
