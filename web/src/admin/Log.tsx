/** What staff did. */
import ChevronRight from "lucide-solid/icons/chevron-right";
import Pencil from "lucide-solid/icons/pencil";
import Plus from "lucide-solid/icons/plus";
import Scroll from "lucide-solid/icons/scroll-text";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { stamp } from "~/message/time";
import { own } from "~/net/rest";
import { createLoad, Loaded } from "~/settings/load";
import { attempt, Button, Choice, Empty } from "~/ui";
import { differencesOf, targetOf, type Tone, wordsOf } from "./deeds";
import type { Deed } from "./wire";

const PAGE = 100;
const ICONS: Record<Tone, typeof Plus> = { make: Plus, change: Pencil, remove: Trash };

interface Page {
  deeds: Deed[];
  more: boolean;
}

async function fetchPage(before?: string): Promise<Page> {
  const deeds = await own.get<Deed[]>("/admin/audit", { limit: PAGE, before });
  return { deeds, more: deeds.length === PAGE };
}

const actorOf = (deed: Deed): string => deed.actor?.username ?? "The command line";

export function Log() {
  const log = createLoad(() => fetchPage());
  const [actor, setActor] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  const more = async () => {
    setBusy(true);
    const next = await attempt(fetchPage(log.value()?.deeds.at(-1)?.id));
    if (next) log.change((all) => ({ deeds: [...all.deeds, ...next.deeds], more: next.more }));
    setBusy(false);
  };
  const actors = (all: Deed[]) => [...new Set(all.map(actorOf))].sort();
  return (
    <section class="set-section">
      <Loaded load={log} rows={8}>
        {(page) => (
          <>
            <div class="set-tools">
              <Choice
                label="Who"
                hideLabel
                value={actor()}
                onChange={setActor}
                options={[
                  { value: "", label: "Everybody" },
                  ...actors(page().deeds).map((name) => ({ value: name, label: name })),
                ]}
              />
              <span class="grow" />
              <span class="set-count">Nobody can change or delete what stands here.</span>
            </div>
            <div class="set-card flush">
              <For
                each={page().deeds.filter((deed) => !actor() || actorOf(deed) === actor())}
                fallback={
                  <Empty icon={Scroll} title="Nothing yet">
                    <p>What staff does is written down here.</p>
                  </Empty>
                }
              >
                {(deed) => <Entry deed={deed} />}
              </For>
            </div>
            <Show when={page().more}>
              <Button busy={busy()} onClick={() => void more()}>
                Show older
              </Button>
            </Show>
          </>
        )}
      </Loaded>
    </section>
  );
}

function Entry(props: { deed: Deed }) {
  const words = () => wordsOf(props.deed);
  const differences = () => differencesOf(props.deed);
  const line = () => (
    <>
      <span class={`log-icon log-${words().tone}`}>
        <Dynamic component={ICONS[words().tone]} size={15} />
      </span>
      <span class="grow log-text">
        <strong>{actorOf(props.deed)}</strong> {words().did}{" "}
        <Show when={targetOf(props.deed)}>{(name) => <strong>{name()}</strong>}</Show>
        <span class="who-sub">{stamp(props.deed.created_at)}</span>
      </span>
    </>
  );
  return (
    <Show when={differences().length > 0} fallback={<div class="set-row log-line">{line()}</div>}>
      <details class="log-entry">
        <summary class="set-row log-line">
          {line()}
          <ChevronRight size={18} class="log-arrow" />
        </summary>
        <div class="log-details short">
          <For each={differences()}>
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
