/** Emoji that were used last, most used first. */
import { createSignal } from "solid-js";
import type { Found } from "./data";

const KEY = "guildhall.emoji";
const DEFAULTS: Found[] = ["👍", "❤️", "😂", "🎉", "😮", "👀", "🙏", "🔥"].map((text) => ({
  text,
  label: text,
  emoji: { name: text, id: null },
}));

interface Used extends Found {
  count: number;
  at: number;
}

function stored(): Used[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(list)) return [];
    return list.filter(
      (one): one is Used =>
        typeof one?.text === "string" && typeof one.emoji?.name === "string" && typeof one.count === "number",
    );
  } catch {
    return [];
  }
}

const [used, setUsed] = createSignal<Used[]>(stored());

export function noteUse(found: Found): void {
  const known = used().find((one) => one.text === found.text);
  const next = [
    ...used().filter((one) => one !== known),
    { text: found.text, label: found.label, emoji: found.emoji, count: (known?.count ?? 0) + 1, at: Date.now() },
  ];
  const kept = next.sort((a, b) => b.count - a.count || b.at - a.at).slice(0, 36);
  setUsed(kept);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Kept until the page closes.
  }
}

/** As many as wanted, filled up with what most people use. */
export function recent(count: number): Found[] {
  const own = used().slice(0, count);
  const more = DEFAULTS.filter((one) => !own.some((other) => other.text === one.text));
  return [...own, ...more].slice(0, count);
}
