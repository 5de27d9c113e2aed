/** What staff did, in words. */
import type { Difference, Tone } from "~/settings/LogEntry";
import type { Deed } from "./wire";

const WORDS: Record<string, [string, Tone]> = {
  "instance.setup": ["set the server up", "make"],
  "settings.update": ["changed the settings", "change"],
  "user.update": ["changed the account", "change"],
  "user.delete": ["removed the account", "remove"],
  "user.leave": ["deleted their own account", "remove"],
  "user.remove_others": ["removed everybody else", "remove"],
  "user.reset_mfa": ["switched off the second step of", "change"],
  "user.end_sessions": ["logged out", "change"],
  "user.password_link": ["made a password link for", "change"],
  "user.password": ["set the password of", "change"],
  "user.create": ["made the account", "make"],
  "guild.update": ["changed the guild", "change"],
  "guild.delete": ["deleted the guild", "remove"],
  "guild.create": ["made the guild", "make"],
  "bot.create": ["made the bot", "make"],
  "bot.add": ["added the bot", "make"],
};

export function wordsOf(deed: Pick<Deed, "action">): { did: string; tone: Tone } {
  const known = WORDS[deed.action];
  return known ? { did: known[0], tone: known[1] } : { did: `did ${deed.action}`, tone: "change" };
}

/** Who or what it was done to, by name. */
export function targetOf(deed: Deed): string | null {
  if (deed.action === "user.leave" || deed.action === "settings.update" || deed.action === "instance.setup")
    return null;
  const { username, name } = deed.metadata;
  if (deed.action.startsWith("guild.") && typeof name === "string") return name;
  if (typeof username === "string") return `@${username}`;
  if (typeof name === "string") return name;
  return deed.target;
}

const KEYS: Record<string, string> = {
  rank: "Rank",
  suspended: "Suspended",
  suspended_until: "Until",
  suspended_reason: "Reason",
  name: "Name",
  description: "Description",
  registration: "Registration",
  read_only: "Read-only",
  slow_mode_seconds: "Slow mode",
  dm_policy: "Direct messages",
  idle_after_minutes: "Idle after",
  discovery: "Public list",
  discovery_disabled: "Kept off the public list",
  voice_capture: "Microphones",
};

function shown(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object" && !Array.isArray(value)) {
    const parts = Object.entries(value).map(([key, part]) => `${key.replace(/_/g, " ")}: ${shown(part) ?? "none"}`);
    return parts.join(", ");
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text).toLocaleString() : text;
}

/** What it changed. */
export function differencesOf(deed: Deed): Difference[] {
  const changes = deed.metadata.changes;
  if (!changes || typeof changes !== "object") return [];
  return Object.entries(changes as Record<string, { old?: unknown; new?: unknown }>).map(([key, change]) => ({
    key: KEYS[key] ?? key.charAt(0).toUpperCase() + key.slice(1).replace(/_/g, " "),
    before: shown(change?.old),
    after: shown(change?.new),
  }));
}
