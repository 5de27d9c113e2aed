/** Whose profile is shown, and beside what. */
import { createSignal } from "solid-js";
import type { Id } from "~/wire";

export interface Shown {
  user: Id;
  guild: Id | null;
  anchor: HTMLElement;
}

const [shown, setShown] = createSignal<Shown | null>(null);
export { shown };

export const openProfile = (user: Id, guild: Id | null | undefined, anchor: HTMLElement): void =>
  void setShown({ user, guild: guild ?? null, anchor });
export const closeProfile = (): void => void setShown(null);
