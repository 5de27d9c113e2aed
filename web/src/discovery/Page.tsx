/** `/discover`: guilds that anybody may come into. */
import ChevronLeft from "lucide-solid/icons/chevron-left";
import ChevronRight from "lucide-solid/icons/chevron-right";
import Compass from "lucide-solid/icons/compass";
import Search from "lucide-solid/icons/search";
import { createEffect, createSignal, For, Match, on, onCleanup, Show, Switch } from "solid-js";
import { instance } from "~/app/session";
import { MenuButton } from "~/channel/Header";
import { createLoaded } from "~/net/loaded";
import { api } from "~/net/rest";
import { Button, Empty, Failed, Skeleton } from "~/ui";
import { Card } from "./Card";
import type { DiscoverableGuilds } from "./wire";
import "./discovery.css";

const PAGE = 24;
/** A breath between two keys. */
const PATIENCE = 300;
/** As many as a search skips. */
const FAR = 2999;

export default function DiscoveryPage() {
  const [query, setQuery] = createSignal("");
  const [asked, setAsked] = createSignal({ words: "", offset: 0 });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let body: HTMLDivElement | undefined;
  let title: HTMLHeadingElement | undefined;
  const ask = (words: string) => {
    clearTimeout(timer);
    const next = words.trim();
    if (next !== asked().words) setAsked({ words: next, offset: 0 });
  };
  const type = (text: string) => {
    setQuery(text);
    clearTimeout(timer);
    timer = setTimeout(() => ask(text), PATIENCE);
  };
  onCleanup(() => clearTimeout(timer));
  const found = createLoaded(asked, ({ words, offset }) =>
    api.get<DiscoverableGuilds>(words ? "/discoverable-guilds/search" : "/discoverable-guilds", {
      query: words,
      limit: PAGE,
      offset,
    }),
  );
  const total = () => found.value()?.total ?? 0;
  const turn = (by: number) => {
    setAsked({ ...asked(), offset: Math.max(0, asked().offset + by) });
    title?.focus({ preventScroll: true });
  };
  createEffect(on(asked, () => body?.scrollTo({ top: 0 }), { defer: true }));
  const pick = (word: string) => {
    setQuery(word);
    ask(word);
  };
  const off = () => instance()?.discovery === false;
  return (
    <div class="page">
      <div class="page-main">
        <header class="header">
          <MenuButton />
          <div class="header-name">
            <Compass size={20} />
            <h1>Find guilds</h1>
          </div>
        </header>
        <Show
          when={!off()}
          fallback={
            <div class="nothing">
              <Empty icon={Compass} title="There is no public list here">
                <p>The staff of this server switched it off. Somebody who is in a guild can invite you.</p>
              </Empty>
            </div>
          }
        >
          <div class="discovery" ref={body}>
            <div class="discovery-in">
              <search class="discovery-search">
                <Search size={18} />
                <input
                  type="search"
                  aria-label="Search guilds"
                  placeholder="Name, what it is about, or a tag"
                  maxLength={100}
                  autocomplete="off"
                  value={query()}
                  onInput={(event) => type(event.currentTarget.value)}
                  onKeyDown={(event) => event.key === "Enter" && ask(query())}
                />
              </search>
              <h2 class="discovery-title" tabindex={-1} ref={title}>
                <Show when={found.value()} fallback="Looking around…">
                  {asked().words ? `Guilds for “${asked().words}”` : "Open to everybody"} · {total()}
                </Show>
              </h2>
              <span class="visually-hidden" role="status">
                <Show when={!found.loading() && found.value()}>
                  {total()} {total() === 1 ? "guild" : "guilds"} found
                </Show>
              </span>
              <Switch>
                <Match when={found.error()}>
                  <Failed error={found.error()} onRetry={found.again} />
                </Match>
                <Match when={!found.value()}>
                  <Waiting />
                </Match>
                <Match when={found.value()?.guilds.length === 0}>
                  <Nothing words={asked().words} onAll={() => pick("")} />
                </Match>
                <Match when={found.value()}>
                  <ul class="discovery-cards" aria-label="Guilds" aria-busy={found.loading()}>
                    <For each={found.value()?.guilds}>{(guild) => <Card guild={guild} onTag={pick} />}</For>
                  </ul>
                </Match>
              </Switch>
              <Show when={!found.error() && total() > PAGE}>
                <nav class="discovery-pages" aria-label="Pages">
                  <Button disabled={asked().offset === 0 || found.loading()} onClick={() => turn(-PAGE)}>
                    <ChevronLeft size={16} /> Before
                  </Button>
                  <span class="muted small">
                    {asked().offset + 1} – {Math.min(asked().offset + PAGE, total())} of {total()}
                  </span>
                  <Button
                    disabled={
                      asked().offset + PAGE >= total() ||
                      (asked().words !== "" && asked().offset + PAGE > FAR) ||
                      found.loading()
                    }
                    onClick={() => turn(PAGE)}
                  >
                    Next <ChevronRight size={16} />
                  </Button>
                </nav>
              </Show>
            </div>
          </div>
        </Show>
      </div>
    </div>
  );
}

function Nothing(props: { words: string; onAll: () => void }) {
  return (
    <Show
      when={props.words}
      fallback={
        <Empty icon={Compass} title="No guild is open to everybody yet">
          <p>Whoever runs a guild opens it in its settings, under “Who can come in”.</p>
        </Empty>
      }
    >
      <Empty icon={Search} title="Nothing found">
        <p>Try fewer or other words: all of them have to stand in the name, the description or the tags.</p>
        <Button onClick={() => props.onAll()}>Show all guilds</Button>
      </Empty>
    </Show>
  );
}

function Waiting() {
  return (
    <div class="discovery-cards" aria-busy="true">
      <For each={Array.from({ length: 6 })}>
        {() => (
          <div class="discovery-card">
            <Skeleton height="112px" />
            <div class="discovery-words">
              <Skeleton width="48%" height="16px" />
              <Skeleton width="90%" />
              <Skeleton width="70%" />
            </div>
          </div>
        )}
      </For>
    </div>
  );
}
