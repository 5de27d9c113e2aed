/** The frame of what staff lists: a search, how many there are, a table, and more of it. */
import { For, type JSX, Show } from "solid-js";
import { Loaded } from "~/settings/load";
import { SearchBox } from "~/settings/parts";
import { Button, Empty, type Icon } from "~/ui";
import type { createPages } from "./pages";

interface Column {
  name: string;
  /** Left out where there is no room. */
  wide?: boolean;
}

interface ListingProps<T extends { id: string }> {
  pages: ReturnType<typeof createPages<T>>;
  search: string;
  /** One of them, and several. */
  words: readonly [string, string];
  tools?: JSX.Element;
  icon: Icon;
  empty: { title: string; about: string };
  class: string;
  columns: readonly Column[];
  children: (row: T) => JSX.Element;
}

export function Listing<T extends { id: string }>(props: ListingProps<T>) {
  const pages = () => props.pages;
  return (
    <section class="set-section">
      <div class="set-tools">
        <SearchBox label={props.search} value={pages().query()} onChange={(text) => pages().setQuery(text)} />
        <span class="grow" />
        <span class="set-count" aria-live="polite">
          {pages().total()} {props.words[pages().total() === 1 ? 0 : 1]}
        </span>
        {props.tools}
      </div>
      <Loaded load={pages().load} rows={8}>
        {() => (
          <>
            <div class="table-scroll" classList={{ dimmed: pages().load.loading() }}>
              <Show
                when={pages().rows().length > 0}
                fallback={
                  <Empty icon={props.icon} title={props.empty.title}>
                    <p>{props.empty.about}</p>
                  </Empty>
                }
              >
                <table class={`table ${props.class}`}>
                  <thead>
                    <tr>
                      <For each={props.columns}>
                        {(column) => (
                          <th scope="col" classList={{ "wide-only": column.wide ?? false }}>
                            {column.name}
                          </th>
                        )}
                      </For>
                      <th scope="col">
                        <span class="visually-hidden">Actions</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    <For each={pages().rows()}>{(row) => props.children(row)}</For>
                  </tbody>
                </table>
              </Show>
            </div>
            <Show when={pages().hasMore()}>
              <Button busy={pages().busy()} onClick={() => void pages().more()}>
                Show more
              </Button>
            </Show>
          </>
        )}
      </Loaded>
    </section>
  );
}
