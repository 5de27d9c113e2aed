/** Preferences of this device. What is stored may be garbage: each value falls back by itself. */
import { createEffect, createRoot } from "solid-js";
import { createStore } from "solid-js/store";

export interface Preferences {
  theme: "dark" | "light" | "system";
  compact: boolean;
  motion: "system" | "less" | "full";
  clock24: boolean;
  seconds: boolean;
  fontScale: number;
  enterSends: boolean;
  sound: boolean;
  showMembers: boolean;
  /** Minutes without a hand on it until one is shown as idle: 0 for never, null for as many as the server says. */
  idleMinutes: number | null;
}

export const DEFAULTS: Preferences = {
  theme: "dark",
  compact: false,
  motion: "system",
  clock24: true,
  seconds: false,
  fontScale: 100,
  enterSends: true,
  sound: true,
  showMembers: true,
  idleMinutes: null,
};

/** What one can choose from. */
export const IDLE_MINUTES: readonly number[] = [1, 5, 10, 20, 30, 60, 0];

const oneOf = <T>(value: unknown, allowed: readonly T[], otherwise: T): T =>
  allowed.includes(value as T) ? (value as T) : otherwise;
const flag = (value: unknown, otherwise: boolean): boolean => (typeof value === "boolean" ? value : otherwise);

/** Preferences out of whatever was stored. */
export function sanitize(stored: unknown): Preferences {
  const raw = (stored && typeof stored === "object" ? stored : {}) as Record<string, unknown>;
  const scale =
    typeof raw.fontScale === "number" && Number.isFinite(raw.fontScale) ? raw.fontScale : DEFAULTS.fontScale;
  return {
    theme: oneOf(raw.theme, ["dark", "light", "system"] as const, DEFAULTS.theme),
    compact: flag(raw.compact, DEFAULTS.compact),
    motion: oneOf(raw.motion, ["system", "less", "full"] as const, DEFAULTS.motion),
    clock24: flag(raw.clock24, DEFAULTS.clock24),
    seconds: flag(raw.seconds, DEFAULTS.seconds),
    fontScale: Math.min(150, Math.max(75, scale)),
    enterSends: flag(raw.enterSends, DEFAULTS.enterSends),
    sound: flag(raw.sound, DEFAULTS.sound),
    showMembers: flag(raw.showMembers, DEFAULTS.showMembers),
    idleMinutes: oneOf(raw.idleMinutes, [...IDLE_MINUTES, null], DEFAULTS.idleMinutes),
  };
}

const KEY = "guildhall.preferences";

function stored(): unknown {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

const [preferences, set] = createStore<Preferences>(sanitize(stored()));
export { preferences };

export function prefer<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  set(key, value);
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing still shows what was chosen, until it is closed.
  }
}

/** Puts the preferences on the page, now and whenever they change. */
export function applyPreferences(): void {
  const light = window.matchMedia("(prefers-color-scheme: light)");
  const root = document.documentElement;
  const theme = () => {
    const chosen = preferences.theme === "system" ? (light.matches ? "light" : "dark") : preferences.theme;
    root.dataset.theme = chosen;
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute("content", chosen === "dark" ? "#0e0f15" : "#e6e8f1");
  };
  createRoot(() => {
    createEffect(theme);
    createEffect(() => {
      root.dataset.motion = preferences.motion;
      root.style.setProperty("--font-scale", String(preferences.fontScale / 100));
    });
  });
  light.addEventListener("change", theme);
}
