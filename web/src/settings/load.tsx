/** Something that is fetched when its page opens: waiting, failed, or there. */
import { createEffect, createSignal, on, type JSX, Match, onCleanup, Switch } from "solid-js";
import { Failed, SkeletonRows } from "~/ui";

export interface Load<T> {
  data: () => T | undefined;
  error: () => unknown;
  busy: () => boolean;
  again: () => Promise<void>;
  change: (next: (known: T) => T) => void;
}

/** Fetches now, and again whenever what `work` read before its first wait has changed. */
export function createLoad<T>(work: () => Promise<T>, by: () => unknown = () => null): Load<T> {
  const [data, setData] = createSignal<T>();
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(true);
  let turn = 0;
  const again = async () => {
    turn += 1;
    const mine = turn;
    setBusy(true);
    try {
      const found = await work();
      if (mine !== turn) return;
      setData(() => found);
      setError(undefined);
    } catch (problem) {
      if (mine === turn) setError(problem);
    } finally {
      if (mine === turn) setBusy(false);
    }
  };
  createEffect(on(by, () => void again()));
  onCleanup(() => {
    turn += 1;
  });
  return {
    data,
    error,
    busy,
    again,
    change: (next) => setData((known) => (known === undefined ? known : next(known))),
  };
}

export function Loaded<T>(props: { load: Load<T>; rows?: number; children: (data: () => T) => JSX.Element }) {
  return (
    <Switch fallback={<SkeletonRows rows={props.rows ?? 4} />}>
      <Match when={props.load.data() !== undefined}>{props.children(props.load.data as () => T)}</Match>
      <Match when={props.load.error()}>
        <Failed error={props.load.error()} onRetry={() => void props.load.again()} />
      </Match>
    </Switch>
  );
}
