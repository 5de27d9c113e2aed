/** What is being answered, and whether its author is notified. */
import AtSign from "lucide-solid/icons/at-sign";
import X from "lucide-solid/icons/circle-x";
import { Show } from "solid-js";
import { channels } from "~/channel/store";
import { displayName } from "~/member/store";
import { replies, stopReply, togglePing } from "~/message/focus";
import type { Id } from "~/wire";

export function ReplyPill(props: { channel: Id }) {
  return (
    <Show when={replies[props.channel]}>
      {(now) => (
        <div class="reply-pill">
          <span class="truncate grow">
            Replying to <strong>{displayName(channels[props.channel]?.guild_id, now().message.author)}</strong>
          </span>
          <button
            type="button"
            class="reply-ping"
            aria-pressed={now().ping}
            title="Whether the other is notified"
            onClick={() => togglePing(props.channel)}
          >
            <AtSign size={14} /> {now().ping ? "On" : "Off"}
          </button>
          <button type="button" class="icon-button" aria-label="Do not reply" onClick={() => stopReply(props.channel)}>
            <X size={16} />
          </button>
        </div>
      )}
    </Show>
  );
}
