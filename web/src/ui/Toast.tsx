/** Short messages in the corner. */
import Check from "lucide-solid/icons/circle-check";
import Info from "lucide-solid/icons/info";
import Alert from "lucide-solid/icons/triangle-alert";
import { createSignal, For } from "solid-js";
import { Dynamic } from "solid-js/web";
import { explain } from "~/net/error";

type Tone = "good" | "bad" | "info";

interface Toast {
  key: number;
  tone: Tone;
  text: string;
}

const [toasts, setToasts] = createSignal<Toast[]>([]);
let next = 0;

export function toast(text: string, tone: Tone = "info"): void {
  next += 1;
  const shown = { key: next, tone, text };
  setToasts((all) => [...all.filter((other) => other.text !== text).slice(-2), shown]);
  setTimeout(() => setToasts((all) => all.filter((other) => other !== shown)), tone === "bad" ? 7000 : 4000);
}

/** Says what went wrong. */
export const complain = (error: unknown): void => toast(explain(error), "bad");

/** Runs something for its effect, and says what went wrong with it. */
export async function attempt<T>(work: Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await work;
    if (done) toast(done, "good");
    return result;
  } catch (error) {
    complain(error);
    return undefined;
  }
}

const ICONS = { good: Check, bad: Alert, info: Info };

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      <For each={toasts()}>
        {(shown) => (
          <div class={`toast toast-${shown.tone}`}>
            <Dynamic component={ICONS[shown.tone]} size={18} />
            <span class="grow">{shown.text}</span>
          </div>
        )}
      </For>
    </div>
  );
}
