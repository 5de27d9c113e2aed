/** Threads of a channel: active ones, then archived ones. */
import MessagesSquare from "lucide-solid/icons/messages-square";
import Plus from "lucide-solid/icons/plus";
import { For, Show } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { closePanel } from "~/channel/panel";
import { threadsOf } from "~/channel/store";
import { createLoaded } from "~/net/loaded";
import { relative } from "~/message/time";
import { timeOf } from "~/net/snowflake";
import { isUnread } from "~/read/store";
import { Button, Empty } from "~/ui";
import { Panel } from "~/ui/Panel";
import { nameOf, users } from "~/user/store";
import type { Channel } from "~/wire";
import { archivedThreads, mayStartThread, setStarting } from "./store";

export function ThreadsPanel(props: { channel: Channel }) {
  const active = () => threadsOf(props.channel.id);
  const archived = createLoaded(() => props.channel.id, archivedThreads).value;
  const old = () => (archived() ?? []).filter((one) => !active().some((other) => other.id === one.id));
  return (
    <Panel
      title="Threads"
      onClose={closePanel}
      tools={
        <Show when={mayStartThread(props.channel)}>
          <Button small look="primary" onClick={() => setStarting({ channel: props.channel.id })}>
            <Plus size={15} /> New
          </Button>
        </Show>
      }
    >
      <div class="panel-body">
        <Show
          when={active().length + old().length > 0}
          fallback={
            <Empty icon={MessagesSquare} title="No threads yet">
              <p>A thread keeps a conversation together without filling the channel.</p>
            </Empty>
          }
        >
          <List title="Active" threads={active()} />
          <List title="Archived" threads={old()} />
        </Show>
      </div>
    </Panel>
  );
}

function List(props: { title: string; threads: Channel[] }) {
  return (
    <Show when={props.threads.length > 0}>
      <h3 class="panel-note">
        {props.title} · {props.threads.length}
      </h3>
      <For each={props.threads}>
        {(thread) => (
          <button type="button" class="panel-card" onClick={() => navigate(channelPath(thread.guild_id, thread.id))}>
            <strong class="truncate" style={{ display: "block", "font-weight": isUnread(thread) ? 700 : 600 }}>
              {thread.name}
            </strong>
            <span class="muted small">
              {thread.owner_id && users[thread.owner_id] ? `by ${nameOf(users[thread.owner_id] as never)} · ` : ""}
              {thread.message_count ?? 0} messages · {relative(timeOf(thread.last_message_id ?? thread.id))}
            </span>
          </button>
        )}
      </For>
    </Show>
  );
}
