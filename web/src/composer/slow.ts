/** Until when one has to wait to write again, by channel. */
import { createStore } from "solid-js/store";
import type { Id } from "~/wire";

const [until, set] = createStore<Record<Id, number>>({});
export { until };

export function slowDown(channel: Id, seconds: number): void {
  set(channel, Math.max(until[channel] ?? 0, Date.now() + seconds * 1000));
}
