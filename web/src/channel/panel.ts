/** What stands at the right of a channel. */
import { createSignal } from "solid-js";
import { prefer, preferences } from "~/preference/store";

export type Panel = "members" | "pins" | "search" | "threads";

const [over, setOver] = createSignal<Exclude<Panel, "members"> | null>(null);
/** On narrow screens members are a drawer, closed until asked for. */
const [drawer, setDrawer] = createSignal<"none" | "channels" | "members">("none");
const [searched, setSearched] = createSignal("");
export { drawer, searched, setDrawer, setSearched };

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
