/** Where the focus goes when a window opens over the page, and where it goes when the window is gone. */
import { createRenderEffect } from "solid-js";

/** What had the focus last, menus aside: they are gone by the time that what they opened is. */
let last: HTMLElement | null = null;

if (typeof document !== "undefined") {
  document.addEventListener("focusin", (event) => {
    const now = event.target as HTMLElement;
    if (!now.closest("[role=menu], [data-focus-trap]")) last = now;
  });
}

/** Fields to type in. */
const FIELDS =
  "input:not([type=hidden], [type=file], [type=checkbox], [type=radio], [type=color], :disabled), textarea:not(:disabled)";

/**
 * The handlers of a window that holds the page. It begins in its first field where it has one; whoever opened it has the
 * focus back when it closes, unless what was chosen there led elsewhere.
 */
export function heldFocus(open: () => boolean) {
  let opener: HTMLElement | null = null;
  let content: HTMLElement | undefined;
  createRenderEffect(() => {
    if (open()) opener = last;
  });
  return {
    onOpenAutoFocus: (event: Event) => {
      content = event.target as HTMLElement;
      const field = content.querySelector<HTMLElement>("[autofocus]") ?? content.querySelector<HTMLElement>(FIELDS);
      // A finger that opened a window did not ask for the keyboard of the screen.
      if (!field || !matchMedia("(hover: hover)").matches) return;
      event.preventDefault();
      setTimeout(() => field.focus({ preventScroll: true }), 0);
    },
    onCloseAutoFocus: () => {
      const now = document.activeElement;
      if (now && now !== document.body && !content?.contains(now)) return;
      if (opener?.isConnected) opener.focus({ preventScroll: true });
    },
  };
}
