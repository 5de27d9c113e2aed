/** Threads of a channel: active ones, then archived ones. */
import MessagesSquare from "lucide-solid/icons/messages-square";
import Plus from "lucide-solid/icons/plus";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { closePanel } from "~/channel/panel";
import { channels, threadsOf } from "~/channel/store";
import { createLoaded } from "~/net/loaded";
import { relative } from "~/message/time";
import { timeOf } from "~/net/snowflake";
import { looksUnread } from "~/read/store";
import { attempt, Button, Empty, Failed, SkeletonRows } from "~/ui";
import { Panel } from "~/ui/Panel";
import { nameOf, users } from "~/user/store";
import type { Channel } from "~/wire";
import { archivedThreads, mayStartThread, setStarting } from "./store";

const archivedAt = (thread: Channel): number => Date.parse(thread.thread_metadata?.archive_timestamp ?? "") || 0;

export function ThreadsPanel(props: { channel: Channel }) {
  const active = () => threadsOf(props.channel.id);
  const archive = createLoaded(
    () => props.channel.id,
    () => archivedThreads(props.channel),
  );
  const old = () =>
    (archive.value()?.ids ?? [])
      .flatMap((id) => channels[id] ?? [])
      .filter((one) => one.thread_metadata?.archived)
      .sort((a, b) => archivedAt(b) - archivedAt(a));
  const [busy, setBusy] = createSignal(false);
  const more = async () => {
    const known = archive.value();
    if (!known || busy()) return;
    setBusy(true);
    const next = await attempt(archivedThreads(props.channel, known));
    if (next) archive.change(() => next);
    setBusy(false);
  };
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
        <List title="Active" threads={active()} />
        <Switch>
          <Match when={archive.error()}>
            <Failed error={archive.error()} onRetry={archive.again} />
          </Match>
          <Match when={archive.loading() && !archive.value()}>
            <SkeletonRows rows={3} />
          </Match>
          <Match when={active().length + old().length === 0}>
            <Empty icon={MessagesSquare} title="No threads yet">
              <p>A thread keeps a conversation together without filling the channel.</p>
            </Empty>
          </Match>
          <Match when={true}>
            <List title="Archived" threads={old()} />
            <Show when={(archive.value()?.rest.length ?? 0) > 0}>
              <Button look="secondary" busy={busy()} onClick={() => void more()}>
                Show older threads
              </Button>
            </Show>
          </Match>
        </Switch>
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
            <strong class="truncate" style={{ display: "block", "font-weight": looksUnread(thread) ? 700 : 600 }}>
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
