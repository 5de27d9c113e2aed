/** Lists that come in pages, searched by the server while somebody types. */
import { createEffect, createSignal, on, onCleanup } from "solid-js";
import { createLoaded } from "~/net/loaded";
import { attempt } from "~/ui/Toast";

/** A breath between two keys. */
const PATIENCE = 220;

interface Page<T> {
  rows: T[];
  total: number;
}

export function createPages<T extends { id: string }>(
  fetch: (query: string, after: string | undefined) => Promise<Page<T>>,
) {
  const [query, setQuery] = createSignal("");
  const [asked, setAsked] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(
      query,
      (text) => {
        clearTimeout(timer);
        timer = setTimeout(() => setAsked(text.trim()), PATIENCE);
      },
      { defer: true },
    ),
  );
  onCleanup(() => clearTimeout(timer));
  const load = createLoaded(
    () => ({ asked: asked() }),
    (source) => fetch(source.asked, undefined),
  );
  const rows = () => load.value()?.rows ?? [];
  const more = async () => {
    setBusy(true);
    const next = await attempt(fetch(asked(), rows().at(-1)?.id));
    if (next) load.change((all) => ({ rows: [...all.rows, ...next.rows], total: next.total }));
    setBusy(false);
  };
  return {
    query,
    setQuery,
    load,
    rows,
    total: () => load.value()?.total ?? 0,
    hasMore: () => rows().length < (load.value()?.total ?? 0),
    more,
    busy,
    put: (row: T) => load.change((all) => ({ ...all, rows: all.rows.map((one) => (one.id === row.id ? row : one)) })),
    drop: (id: string) =>
      load.change((all) => ({ rows: all.rows.filter((one) => one.id !== id), total: Math.max(0, all.total - 1) })),
  };
}
