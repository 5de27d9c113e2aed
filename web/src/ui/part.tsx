/** A view that is fetched when it is first shown. Where it does not come, the page around it stays as it is. */
import { type Component, createSignal, type JSX, lazy } from "solid-js";
import { Dynamic } from "solid-js/web";
import { Failed } from "./State";

const NOT_THERE = new Error("This part of the page could not be loaded.");

/** `instead` stands in its place where it did not come; `again` asks once more. */
export function part<P extends object>(
  load: () => Promise<{ default: Component<P> }>,
  instead: (again: () => void, props: P) => JSX.Element = (again) => <Failed error={NOT_THERE} onRetry={again} />,
): Component<P> {
  const fresh = (): Component<P> =>
    lazy(() => load().catch(() => ({ default: (props: P) => instead(() => setView(() => fresh()), props) })));
  const [view, setView] = createSignal(fresh());
  return (props) => <Dynamic component={view()} {...props} />;
}
