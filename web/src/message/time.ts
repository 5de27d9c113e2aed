/** Times in words, as this person wants them. */
import { createSignal } from "solid-js";
import { preferences } from "~/preference/store";

const cache = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const known = cache.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(undefined, options);
  cache.set(key, made);
  return made;
}

export function clock(at: number | string | Date, seconds = preferences.seconds): string {
  return format({
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: preferences.clock24 ? "h23" : "h12",
  }).format(new Date(at));
}

const [now, setNow] = createSignal(Date.now());
if (typeof window !== "undefined") setInterval(() => setNow(Date.now()), 30_000);
export { now };

const dayOf = (at: number): string => new Date(at).toDateString();

export const sameDay = (a: number, b: number): boolean => dayOf(a) === dayOf(b);

/** A day as a divider names it. */
export const longDay = (at: number): string =>
  format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(new Date(at));

/** Today at 12:00; Yesterday at 12:00; 03/01/2026 12:00. */
export function stamp(value: number | string): string {
  const at = typeof value === "number" ? value : Date.parse(value);
  const today = now();
  if (sameDay(at, today)) return `Today at ${clock(at)}`;
  if (sameDay(at, today - 86_400_000)) return `Yesterday at ${clock(at)}`;
  return `${format({ day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date(at))} ${clock(at)}`;
}

/** Everything about a moment, for those who hover. */
export const exact = (value: number | string): string =>
  `${longDay(typeof value === "number" ? value : Date.parse(value))}, ${clock(value, true)}`;

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

export function relative(at: number, from = now()): string {
  const seconds = (at - from) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(seconds / (size as number)), unit as Intl.RelativeTimeFormatUnit);
}

/** A timestamp of a message's text, in one of Discord's styles. */
export function styled(seconds: number, style: string): string {
  const at = seconds * 1000;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "an unknown time";
  switch (style) {
    case "t":
      return clock(at, false);
    case "T":
      return clock(at, true);
    case "d":
      return format({ dateStyle: "short" }).format(date);
    case "D":
      return format({ dateStyle: "long" }).format(date);
    case "F":
      return `${longDay(at)} ${clock(at, false)}`;
    case "R":
      return relative(at);
    default:
      return `${format({ dateStyle: "long" }).format(date)} ${clock(at, false)}`;
  }
}

/** 1:05, 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
