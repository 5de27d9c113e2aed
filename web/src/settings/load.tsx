/** Something that is fetched when its page opens: waiting, failed, or there. */
import { type JSX, Match, Switch } from "solid-js";
import { createLoaded, type Loaded as Load } from "~/net/loaded";
import { Failed, SkeletonRows } from "~/ui";

export type { Load };

/** Fetches now, and again whenever what `by` reads has changed. */
export const createLoad = <T,>(work: () => Promise<T>, by: () => unknown = () => null): Load<T> =>
  createLoaded(
    () => ({ by: by() }),
    () => work(),
  );

export function Loaded<T>(props: { load: Load<T>; rows?: number; children: (data: () => T) => JSX.Element }) {
  return (
    <Switch fallback={<SkeletonRows rows={props.rows ?? 4} />}>
      <Match when={props.load.value() !== undefined}>{props.children(props.load.value as () => T)}</Match>
      <Match when={props.load.error()}>
        <Failed error={props.load.error()} onRetry={() => props.load.again()} />
      </Match>
    </Switch>
  );
}
