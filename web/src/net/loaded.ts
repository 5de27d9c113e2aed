/** Something that is fetched for a view. Unlike a resource of Solid's, it never makes the page around it wait. */
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";

export interface Loaded<T> {
  value: Accessor<T | undefined>;
  error: Accessor<unknown>;
  loading: Accessor<boolean>;
  again: () => void;
  /** What is known changed here: nobody has to be asked again. */
  change: (next: (known: T) => T) => void;
}

/** Fetches while `source` gives something, and again whenever it changes; what came too late is dropped. */
export function createLoaded<S, T>(source: Accessor<S | undefined | null | false>, fetch: (source: S) => Promise<T>): Loaded<T> {
  const [value, setValue] = createSignal<T>();
  const [error, setError] = createSignal<unknown>();
  const [loading, setLoading] = createSignal(false);
  const [turn, setTurn] = createSignal(0);
  let running = 0;
  createEffect(
    on([source, turn], ([from]) => {
      running += 1;
      const mine = running;
      if (from === undefined || from === null || from === false) {
        setLoading(false);
        return;
      }
      setLoading(true);
      setError(undefined);
      fetch(from).then(
        (found) => {
          if (mine !== running) return;
          setValue(() => found);
          setLoading(false);
        },
        (problem: unknown) => {
          if (mine !== running) return;
          setError(problem);
          setLoading(false);
        },
      );
    }),
  );
  onCleanup(() => {
    running += 1;
  });
  return {
    value,
    error,
    loading,
    again: () => setTurn((now) => now + 1),
    change: (next) => setValue((known) => (known === undefined ? known : next(known))),
  };
}
