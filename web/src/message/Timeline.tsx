/** The messages of a channel: only what is in sight is on the page. */
import ArrowDown from "lucide-solid/icons/arrow-down";
import { type VirtualizerHandle, VList } from "virtua/solid";
import { batch, createEffect, createMemo, createSignal, Match, on, onCleanup, Show, Switch } from "solid-js";
import { ChannelStart } from "~/channel/Start";
import { channels } from "~/channel/store";
import { isNewer } from "~/net/snowflake";
import { connection } from "~/net/socket";
import { preferences } from "~/preference/store";
import { loadReceipts, markRead, reads } from "~/read/store";
import { Failed, SkeletonRows } from "~/ui";
import { myId } from "~/user/store";
import type { Channel, Id } from "~/wire";
import { MessageRow } from "./Message";
import { editing } from "./edit";
import { pointed } from "./focus";
import { outbox } from "./outbox";
import { PendingRow } from "./Pending";
import { Readers } from "./Readers";
import { type Row, rowsOf } from "./rows";
import { loadNewer, loadOlder, logs, messageOf, open, openNewest } from "./store";
import { longDay, relative } from "./time";
import "./message.css";
import "./parts.css";

/** How near to an end more is fetched. */
const NEAR = 900;
/** How near to the bottom counts as there. */
const AT_BOTTOM = 48;
/** So long after a wheel, a key or a finger, a list that moves was moved by hand. */
const HAND_MS = 1500;

export function Timeline(props: { channel: Channel }) {
  const id = () => props.channel.id;
  const log = () => logs[id()];
  let list: VirtualizerHandle | undefined;
  let element: HTMLDivElement | undefined;
  const [sticking, setSticking] = createSignal(true);
  const [shifting, setShifting] = createSignal(false);
  /** Where reading stood when the channel was opened: the divider stays there while one reads. */
  const [readUpTo, setReadUpTo] = createSignal<Id | null>(null);
  let known = new Map<string, Row>();

  createEffect(
    on(id, (channel) => {
      batch(() => {
        const last = reads[channel]?.last ?? null;
        const newest = channels[channel]?.last_message_id;
        setReadUpTo(last && newest && last !== newest ? last : null);
        setSticking(true);
        known = new Map();
      });
      void open(channel);
      void loadReceipts(channel).catch(() => {});
    }),
  );

  const rows = createMemo<Row[]>(() => {
    const now = log();
    if (now?.phase !== "ready") return [];
    const made = rowsOf(
      {
        messages: now.messages,
        pending: outbox[id()] ?? [],
        me: myId(),
        older: now.older,
        newer: now.newer,
        readUpTo: readUpTo(),
        compact: preferences.compact,
      },
      known,
    );
    known = new Map(made.map((row) => [row.key, row]));
    return made;
  });

  const toBottom = () => {
    const count = rows().length;
    if (count > 0) list?.scrollToIndex(count - 1, { align: "end" });
  };
  const settle = () => {
    toBottom();
    requestAnimationFrame(toBottom);
  };

  /** Scrolls to a row, and looks then whether that is the end. */
  const bring = (index: number, align: "center" | "nearest") => {
    setSticking(false);
    list?.scrollToIndex(index, { align });
    requestAnimationFrame(() => {
      list?.scrollToIndex(index, { align });
      requestAnimationFrame(() => list && scrolled(list.scrollOffset));
    });
  };

  // What is new at the end is followed by those who are at the end.
  createEffect(
    on(
      () => [rows().length, rows().at(-1)?.key, log()?.window] as const,
      ([, last, window], before) => {
        const mine = last?.startsWith("pending ") && before?.[1] !== last;
        if (mine) setSticking(true);
        if (window !== before?.[2] && !pointed()) setSticking(!log()?.newer);
        if (sticking()) settle();
      },
    ),
  );

  createEffect(
    on([pointed, () => log()?.window, () => log()?.phase], ([target, , phase]) => {
      if (!target || target.channel !== id() || phase !== "ready") return;
      const index = rows().findIndex((row) => row.kind === "message" && row.id === target.id);
      if (index >= 0) bring(index, "center");
    }),
  );

  // Whoever changes a message sees it.
  createEffect(
    on(
      editing,
      (target) => {
        const index = target ? rows().findIndex((row) => row.kind === "message" && row.id === target) : -1;
        if (index >= 0) bring(index, "nearest");
      },
      { defer: true },
    ),
  );

  // What one says while one reads what was said before stands at the end: it is gone to.
  createEffect(
    on([id, () => outbox[id()]?.at(-1)?.nonce], ([channel, nonce], before) => {
      const said = nonce !== undefined && before?.[0] === channel && isNewer(nonce, before[1]);
      if (said && log()?.newer) void jumpDown();
    }),
  );

  const seen = () => {
    const now = log();
    const last = now?.messages.at(-1);
    if (last && !now?.newer && sticking() && document.visibilityState === "visible" && document.hasFocus()) {
      markRead(id(), last.id);
    }
  };
  createEffect(on([() => log()?.messages.at(-1)?.id, sticking, id, connection], seen));
  window.addEventListener("focus", seen);
  onCleanup(() => window.removeEventListener("focus", seen));

  let fetching = false;
  const more = async (work: (channel: Id) => Promise<void>, shift: boolean) => {
    if (fetching) return;
    fetching = true;
    if (shift) setShifting(true);
    await work(id());
    requestAnimationFrame(() => {
      setShifting(false);
      fetching = false;
    });
  };
  /** When somebody last put a hand on it: only they leave the end, not what grows around it. */
  let touched = Number.NEGATIVE_INFINITY;
  const touch = () => {
    touched = performance.now();
  };
  const scrolled = (offset: number) => {
    if (!list) return;
    const below = list.scrollSize - list.viewportSize - offset;
    if (below < AT_BOTTOM) setSticking(!log()?.newer);
    else if (sticking() && performance.now() - touched > HAND_MS) settle();
    else setSticking(false);
    if (offset < NEAR && log()?.older) void more(loadOlder, true);
    else if (below < NEAR && log()?.newer) void more(loadNewer, false);
  };
  const resized = () => {
    if (sticking()) toBottom();
    // A page that does not fill the window asks for the next.
    if (list && list.scrollSize <= list.viewportSize + 8 && log()?.phase === "ready" && log()?.older) void more(loadOlder, true);
  };
  const jumpDown = async () => {
    if (log()?.newer) await openNewest(id());
    setSticking(true);
    settle();
  };
  const unreadSince = createMemo(() => {
    const from = readUpTo();
    const list = log()?.messages ?? [];
    if (!from || sticking()) return null;
    const first = list.find((one) => one.id > from && one.id.length >= from.length && one.author.id !== myId());
    return first ? Date.parse(first.timestamp) : null;
  });

  return (
    <div class="timeline" role="log" aria-label="Messages" aria-live="polite" aria-relevant="additions" ref={element}>
      <Switch>
        <Match when={!log() || log()?.phase === "loading" || log()?.phase === "empty"}>
          <div class="timeline-wait">
            <SkeletonRows rows={8} />
          </div>
        </Match>
        <Match when={log()?.phase === "failed"}>
          <Failed error={new Error("The messages could not be loaded.")} onRetry={() => void open(id())} />
        </Match>
        <Match when={rows().length > 0 && `${id()} ${log()?.window}`} keyed>
          <VList
            class="timeline-list"
            ref={(handle) => {
              list = handle;
              if (handle && sticking()) queueMicrotask(settle);
            }}
            data={rows()}
            shift={shifting()}
            bufferSize={500}
            onScroll={scrolled}
            onResize={resized}
            onWheel={touch}
            onTouchMove={touch}
            onPointerDown={touch}
            onKeyDown={touch}
          >
            {(row) => <RowView row={row} channel={props.channel} />}
          </VList>
        </Match>
      </Switch>
      <Show when={unreadSince()}>
        {(since) => (
          <button type="button" class="unread-bar" onClick={jumpDown}>
            New messages since {relative(since())}
            <span>Mark as read</span>
          </button>
        )}
      </Show>
      <Show when={!sticking() && log()?.phase === "ready"}>
        <button type="button" class="jump-down" onClick={jumpDown} aria-label="Jump to the newest messages">
          <ArrowDown size={18} />
          <Show when={log()?.newer}>
            <span>You are reading older messages. Jump to now</span>
          </Show>
        </button>
      </Show>
    </div>
  );
}

function RowView(props: { row: Row; channel: Channel }) {
  const row = props.row;
  switch (row.kind) {
    case "start":
      return <ChannelStart channel={props.channel} />;
    case "older":
    case "newer":
      return <SkeletonRows rows={3} />;
    case "day":
      return (
        <div class="divider" role="separator">
          <span>{longDay(row.at)}</span>
        </div>
      );
    case "unread":
      return (
        <div class="divider unread" role="separator">
          <span>New</span>
        </div>
      );
    case "message": {
      const message = createMemo(() => messageOf(props.channel.id, row.id));
      return (
        <Show when={message()}>
          {(there) => (
            <>
              <MessageRow message={there()} head={row.head} />
              <Readers message={there()} />
            </>
          )}
        </Show>
      );
    }
    case "pending": {
      const pending = createMemo(() => outbox[props.channel.id]?.find((one) => one.nonce === row.nonce));
      return <Show when={pending()}>{(there) => <PendingRow pending={there()} head={row.head} />}</Show>;
    }
  }
}
