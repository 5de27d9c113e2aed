/** Changes that are not saved hold the page: nothing leads away from them by accident. */
import { createSignal, onCleanup } from "solid-js";
import { askBeforeLeaving } from "~/app/router";

interface Held {
  dirty: () => boolean;
}

const held = new Set<Held>();
const [nudges, setNudges] = createSignal(0);
/** How often somebody tried to leave: the bar answers by moving. */
export { nudges };

export const holding = (): boolean => [...held].some((one) => one.dirty());

/** Goes where `go` leads, unless something is not saved. */
export function leave(go: () => void): boolean {
  if (holding()) {
    setNudges((count) => count + 1);
    return false;
  }
  go();
  return true;
}

// The way back in the browser leads nowhere either.
askBeforeLeaving(() => leave(() => {}));

/** As long as the owner is on the page, its changes hold it. */
export function hold(dirty: () => boolean): void {
  const one = { dirty };
  const warn = (event: BeforeUnloadEvent) => {
    if (dirty()) event.preventDefault();
  };
  held.add(one);
  window.addEventListener("beforeunload", warn);
  onCleanup(() => {
    held.delete(one);
    window.removeEventListener("beforeunload", warn);
  });
}
