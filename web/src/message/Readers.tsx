/**
 * Who has read up to here: small pictures under one's newest message that they have seen. Where nobody has, whether it came to
 * somebody: always in private, and in a guild, where much is said, while one points at the message.
 */
import Check from "lucide-solid/icons/check";
import CheckCheck from "lucide-solid/icons/check-check";
import { createMemo, For, Show } from "solid-js";
import { displayName } from "~/member/store";
import { channels } from "~/channel/store";
import { compareIds } from "~/net/snowflake";
import { receipts } from "~/read/store";
import { Avatar, Tooltip } from "~/ui";
import { myId, users } from "~/user/store";
import { type Id, isPrivate, type Message } from "~/wire";
import { indexOf } from "./log";
import { logs } from "./store";

/** The next message of one's own after another: who has read that one is shown there. */
function nextOwn(channel: Id, after: Id): Id | null {
  const list = logs[channel]?.messages ?? [];
  for (let index = indexOf(list, after).index + 1; index < list.length; index += 1) {
    const message = list[index];
    if (message?.author.id === myId()) return message.id;
  }
  return null;
}

export function Readers(props: { message: Message }) {
  const mine = () => props.message.author.id === myId();
  /** Those whose reading stands between this message of mine and the next one of mine. */
  const readers = createMemo(() => {
    if (!mine()) return [];
    const next = nextOwn(props.message.channel_id, props.message.id);
    return Object.values(receipts[props.message.channel_id] ?? {})
      .filter((one) => one.user_id !== myId() && one.read_id && compareIds(one.read_id, props.message.id) >= 0)
      .filter((one) => !next || compareIds(one.read_id ?? "0", next) < 0)
      .map((one) => one.user_id);
  });
  const delivered = createMemo(() => {
    if (!mine() || nextOwn(props.message.channel_id, props.message.id)) return false;
    return Object.values(receipts[props.message.channel_id] ?? {}).some(
      (one) => one.user_id !== myId() && one.delivered_id && compareIds(one.delivered_id, props.message.id) >= 0,
    );
  });
  const calm = () => {
    const channel = channels[props.message.channel_id];
    return channel !== undefined && !isPrivate(channel);
  };
  /** In a guild only what is known is said: a crowd's devices are not told of. */
  const marked = () => mine() && !nextOwn(props.message.channel_id, props.message.id) && (!calm() || delivered());
  const names = () =>
    readers()
      .slice(0, 12)
      .map((id) => (users[id] ? displayName(channels[props.message.channel_id]?.guild_id, users[id]) : "somebody"))
      .join(", ");
  return (
    <Show
      when={readers().length > 0}
      fallback={
        <Show when={marked()}>
          <div class="readers" classList={{ calm: calm() }} role="img" aria-label={delivered() ? "Delivered" : "Sent"}>
            <Show when={delivered()} fallback={<Check size={14} />}>
              <CheckCheck size={14} />
            </Show>
          </div>
        </Show>
      }
    >
      <Tooltip label={`Read by ${names()}`} class="readers-place">
        <div class="readers" role="img" aria-label={`Read by ${names()}`}>
          <For each={readers().slice(0, 6)}>{(id) => <Show when={users[id]}>{(user) => <Avatar user={user()} size={16} />}</Show>}</For>
          <Show when={readers().length > 6}>
            <span>+{readers().length - 6}</span>
          </Show>
        </div>
      </Tooltip>
    </Show>
  );
}
