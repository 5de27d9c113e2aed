/** Things to choose from, on shelves with names, and a search over them. */
import { For, type JSX } from "solid-js";

interface ShelvesProps<T> {
  /** What the search is called. */
  label: string;
  query: string;
  onQuery: (query: string) => void;
  /** Those that have anything on them. */
  shelves: readonly { name: string; items: readonly T[] }[];
  /** Of one shelf. */
  grid: string;
  fallback: JSX.Element;
  children: (item: T) => JSX.Element;
}

export function Shelves<T>(props: ShelvesProps<T>) {
  return (
    <div class="shelves">
      <input
        type="search"
        class="field-input"
        placeholder={props.label}
        aria-label={props.label}
        value={props.query}
        onInput={(event) => props.onQuery(event.currentTarget.value)}
      />
      <div class="shelves-body">
        <For each={props.shelves} fallback={props.fallback}>
          {(shelf) => (
            <section>
              <h3 class="emoji-heading">{shelf.name}</h3>
              <div class={props.grid}>
                <For each={shelf.items}>{(item) => props.children(item)}</For>
              </div>
            </section>
          )}
        </For>
      </div>
    </div>
  );
}

/** The shelves with what matches on them, without empty ones. */
export const found = <T,>(shelves: { name: string; items: T[] }[], query: string, words: (item: T) => string) => {
  const wanted = query.trim().toLowerCase();
  return shelves
    .map((shelf) => ({ ...shelf, items: shelf.items.filter((item) => words(item).toLowerCase().includes(wanted)) }))
    .filter((shelf) => shelf.items.length > 0);
};
