/** Under the composer: who types, and how long slow mode makes one wait. */
import Timer from "lucide-solid/icons/timer";
import { createEffect, createMemo, createSignal, onCleanup, Show } from "solid-js";
import { typersIn } from "~/channel/store";
import { displayName } from "~/member/store";
import { isBlocked } from "~/relationship/store";
import { users } from "~/user/store";
import type { Channel } from "~/wire";
import { until } from "./slow";

export function Typing(props: { channel: Channel }) {
  const text = createMemo(() => {
    const names = typersIn(props.channel.id)
      .filter((id) => !isBlocked(id))
      .flatMap((id) => (users[id] ? [displayName(props.channel.guild_id, users[id])] : []));
    if (names.length === 0) return "";
    if (names.length === 1) return `${names[0]} is typing…`;
    if (names.length <= 3) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are typing…`;
    return "Several people are typing…";
  });
  return (
    <div class="typing grow truncate" aria-live="polite">
      <Show when={text()}>
        <span class="typing-dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {text()}
      </Show>
    </div>
  );
}

export function SlowMode(props: { channel: Channel }) {
  const [now, setNow] = createSignal(Date.now());
  const left = () => Math.ceil(((until[props.channel.id] ?? 0) - now()) / 1000);
  createEffect(() => {
    if ((until[props.channel.id] ?? 0) <= Date.now()) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <Show when={(props.channel.rate_limit_per_user ?? 0) > 0 || left() > 0}>
      <span class="slow" classList={{ waiting: left() > 0 }}>
        <Timer size={13} /> {left() > 0 ? `Slow mode: ${left()} s` : "Slow mode is on"}
      </span>
    </Show>
  );
}
