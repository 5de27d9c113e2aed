/** What stands at the right of a channel. */
import { createSignal } from "solid-js";
import { prefer, preferences } from "~/preference/store";

export type Panel = "members" | "pins" | "search" | "threads";

const [over, setOver] = createSignal<Exclude<Panel, "members"> | null>(null);
/** On narrow screens members are a drawer, closed until asked for. */
const [drawer, setDrawer] = createSignal<"none" | "channels" | "members">("none");
const [searched, search] = createSignal("");
/** How far one has leafed through what was found, and where that was: in a guild, or in a direct message. */
const [leafed, setLeafed] = createSignal({ where: "", page: 0, newest: true });
export { drawer, leafed, searched, setDrawer, setLeafed };

export function setSearched(text: string): void {
  search(text);
  setLeafed((now) => ({ ...now, page: 0 }));
}

const covering = window.matchMedia("(max-width: 900px)");
const narrowly = window.matchMedia("(max-width: 1100px)");
const [narrow, setNarrow] = createSignal(narrowly.matches);
narrowly.addEventListener("change", () => setNarrow(narrowly.matches));

export const membersShown = (): boolean => (narrow() ? drawer() === "members" : panel() === "members");

export function panel(): Panel | null {
  return over() ?? (preferences.showMembers ? "members" : null);
}

export function openPanel(next: Exclude<Panel, "members">): void {
  setOver(next);
}

/** On a phone a panel covers the channel: it goes when one goes somewhere in it. */
export function uncover(): void {
  if (covering.matches) closePanel();
}

export const closePanel = (): void => void setOver(null);

export function togglePanel(next: Panel): void {
  if (next === "members") {
    if (narrow()) {
      setOver(null);
      setDrawer(drawer() === "members" ? "none" : "members");
    } else if (over()) {
      setOver(null);
      prefer("showMembers", true);
    } else prefer("showMembers", !preferences.showMembers);
  } else setOver(over() === next ? null : next);
}
