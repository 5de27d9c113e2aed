/** Moments that something waits for: what asked whether one is past hears of it when it is. */
import { createSignal, getListener } from "solid-js";

const [turn, setTurn] = createSignal(0);
/** The longest that a timer waits. */
const LONGEST_MS = 2 ** 31 - 1;

let timer: ReturnType<typeof setTimeout> | undefined;
/** When the timer rings. */
let rings = Number.POSITIVE_INFINITY;

function ring(): void {
  rings = Number.POSITIVE_INFINITY;
  setTurn((count) => count + 1);
}

/** Whether a moment, in Unix milliseconds, is past; in an effect or a memo, asked again when it comes. */
export function isPast(moment: number): boolean {
  const now = Date.now();
  if (moment <= now) return true;
  if (getListener()) {
    turn();
    if (moment < rings) {
      clearTimeout(timer);
      rings = moment;
      timer = setTimeout(ring, Math.min(moment - now + 1, LONGEST_MS));
    }
  }
  return false;
}
