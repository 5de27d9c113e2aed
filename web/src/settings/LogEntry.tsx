/** A line of a log: who did what when, and below it, when opened, what that changed. */
import ChevronRight from "lucide-solid/icons/chevron-right";
import Pencil from "lucide-solid/icons/pencil";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { stamp } from "~/message/time";
import { attempt, Button, Empty, type Icon } from "~/ui";
import { createLoad, Loaded, type Load } from "./load";

export type Tone = "make" | "change" | "remove";

export interface Difference {
  key: string;
  before: string | null;
  after: string | null;
}

const ICONS: Record<Tone, Icon> = { make: Plus, change: Pencil, remove: Trash };

interface EntryProps {
  tone: Tone;
  at: string | number;
  face?: JSX.Element;
  actor: string;
  did: string;
  target?: string | null | undefined;
  extra?: string;
  reason?: string | undefined;
  differences: readonly Difference[];
}

export function LogEntry(props: EntryProps) {
  const line = () => (
    <>
      <span class={`log-icon log-${props.tone}`}>
        <Dynamic component={ICONS[props.tone]} size={15} />
      </span>
      {props.face}
      <span class="grow log-text">
        <strong>{props.actor}</strong> {props.did}{" "}
        <Show when={props.target}>
          <strong>{props.target}</strong>
        </Show>{" "}
        {props.extra}
        <span class="who-sub">{stamp(props.at)}</span>
      </span>
    </>
  );
  return (
    <Show
      when={props.differences.length > 0 || props.reason}
      fallback={<div class="set-row log-line">{line()}</div>}
    >
      <details class="log-entry">
        <summary class="set-row log-line">
          {line()}
          <ChevronRight size={18} class="log-arrow" />
        </summary>
        <div class="log-details" classList={{ short: !props.face }}>
          <Show when={props.reason}>
            <p>
              <span class="muted">Reason:</span> {props.reason}
            </p>
          </Show>
          <For each={props.differences}>
            {(one) => (
              <p>
                <span class="muted">{one.key}:</span>{" "}
                <Show when={one.before !== null}>
                  <del>{one.before}</del>{" "}
                </Show>
                <Show when={one.after !== null}>
                  <ins>{one.after}</ins>
                </Show>
              </p>
            )}
          </For>
        </div>
      </details>
    </Show>
  );
}

export interface LogPage<T> {
  entries: T[];
  more: boolean;
}

/** A log that is read from the newest entry back; from the beginning again when what `by` reads has changed. */
export function createLog<T extends { id: string }>(
  fetch: (before?: string) => Promise<LogPage<T>>,
  by?: () => unknown,
): { load: Load<LogPage<T>>; older: () => Promise<void>; busy: () => boolean } {
  const [busy, setBusy] = createSignal(false);
  const load = createLoad(() => fetch(), by);
  const older = async () => {
    setBusy(true);
    const next = await attempt(fetch(load.value()?.entries.at(-1)?.id));
    if (next) load.change((all) => ({ entries: [...all.entries, ...next.entries], more: next.more }));
    setBusy(false);
  };
  return { load, older, busy };
}

/** A log with its tools above. */
export function LogView<T extends { id: string }>(props: {
  log: ReturnType<typeof createLog<T>>;
  tools: (entries: T[]) => JSX.Element;
  shown?: (entry: T) => boolean;
  icon: Icon;
  empty: string;
  about: string;
  children: (entry: T) => JSX.Element;
}) {
  const load = () => props.log.load;
  return (
    <section class="set-section">
      <div class="set-tools">{props.tools(load().value()?.entries ?? [])}</div>
      <Loaded load={load()} rows={8}>
        {(page) => (
          <>
            <div class="set-card flush" aria-busy={load().loading()} classList={{ dimmed: load().loading() }}>
              <For
                each={page().entries.filter((entry) => props.shown?.(entry) ?? true)}
                fallback={
                  <Empty icon={props.icon} title={props.empty}>
                    <p>{props.about}</p>
                  </Empty>
                }
              >
                {(entry) => props.children(entry)}
              </For>
            </div>
            <Show when={page().more}>
              <Button busy={props.log.busy()} onClick={() => void props.log.older()}>
                Show older
              </Button>
            </Show>
          </>
        )}
      </Loaded>
    </section>
  );
}
