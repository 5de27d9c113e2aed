/** Which message is being changed, and what is written of it so far: it stays while its row is out of sight. */
import { createSignal } from "solid-js";
import type { Id } from "~/wire";

// Asked for again, it is brought into sight again.
const [editing, set] = createSignal<Id | null>(null, { equals: false });
export { editing };

let written: string | null = null;
let fresh = false;

export function setEditing(id: Id | null): void {
  if (id !== editing()) written = null;
  fresh = id !== null;
  set(id);
}

export function keepEdit(text: string): void {
  written = text;
}

/** What was written already; null where nothing was. */
export const keptEdit = (): string | null => written;

/** Whether the change begins now, rather than comes back into sight: only then its box takes the focus. */
export function begins(): boolean {
  const was = fresh;
  fresh = false;
  return was;
}
