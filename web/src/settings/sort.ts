/** Lists that are put in order by hand: with a pointer, and with arrow keys on a handle. */
import { createSignal, onCleanup } from "solid-js";

/** A list with one of its items in another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [item] = next.splice(from, 1);
  if (item === undefined) return next;
  next.splice(Math.max(0, Math.min(next.length, to)), 0, item);
  return next;
}

interface Ranked {
  id: string;
  position: number;
}

/**
 * Positions that put roles in this order, highest first: only what changes, and only for those that may be moved.
 * The lowest of them stands at 1, right above everybody's.
 */
export function positionsFor(ordered: readonly Ranked[]): Ranked[] {
  const count = ordered.length;
  return ordered
    .map((one, index) => ({ id: one.id, position: count - index, before: one.position }))
    .filter((one) => one.position !== one.before)
    .map(({ id, position }) => ({ id, position }));
}

/** Where a pointer is among rows, given their middles. */
export function placeAt(middles: readonly number[], y: number): number {
  return middles.filter((middle) => middle < y).length;
}

interface SortOptions {
  /** How many rows there are that can be moved, from `first` on. */
  bounds: () => { first: number; last: number };
  /** Gives where it came to stand. */
  onMove: (from: number, to: number) => number;
  onDrop: () => void;
  /** Where an arrow key leads from a row; the next one where absent. */
  step?: (from: number, by: 1 | -1) => number;
}

/** Handlers for a list whose rows carry `data-sort="index"`. */
export function createSort(options: SortOptions) {
  const [dragged, setDragged] = createSignal<number | null>(null);
  let stop = () => {};
  const begin = (event: PointerEvent, index: number) => {
    if (event.button !== 0) return;
    const handle = event.currentTarget as HTMLElement;
    const list = handle.closest("[data-sort-list]");
    if (!list) return;
    event.preventDefault();
    handle.focus();
    setDragged(index);
    let moved = false;
    const track = (move: PointerEvent) => {
      const now = dragged();
      if (now === null) return;
      const rows = [...list.querySelectorAll<HTMLElement>("[data-sort]")].filter(
        (row) => Number(row.dataset.sort) !== now,
      );
      const middles = rows.map((row) => {
        const box = row.getBoundingClientRect();
        return box.top + box.height / 2;
      });
      const { first, last } = options.bounds();
      const to = Math.max(first, Math.min(last, placeAt(middles, move.clientY)));
      if (to !== now) {
        moved = true;
        setDragged(options.onMove(now, to));
      }
    };
    const end = () => {
      stop();
      setDragged(null);
      // Who only pressed the handle put nothing in order.
      if (moved) options.onDrop();
    };
    window.addEventListener("pointermove", track);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
    stop = () => {
      window.removeEventListener("pointermove", track);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
    };
  };
  const onKey = (event: KeyboardEvent, index: number) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const { first, last } = options.bounds();
    const to = options.step?.(index, by) ?? index + by;
    if (to < first || to > last) return;
    const handle = event.currentTarget as HTMLElement;
    options.onMove(index, to);
    options.onDrop();
    // The row was moved in the page: the focus goes with it.
    queueMicrotask(() => handle.focus());
  };
  onCleanup(() => stop());
  return { dragged, begin, onKey };
}
