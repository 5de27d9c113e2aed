/** Which channel of a guild was open last on this device. */
import type { Id } from "~/wire";
import { channels } from "./store";

const KEY = "guildhall.last";

function stored(): Record<Id, Id> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<Id, Id>) : {};
  } catch {
    return {};
  }
}

const last = stored();

/** Only if it is still there. */
export function lastIn(guild: Id): Id | undefined {
  const id = last[guild];
  return typeof id === "string" && channels[id]?.guild_id === guild ? id : undefined;
}

export function noteLast(guild: Id, channel: Id): void {
  last[guild] = channel;
  try {
    localStorage.setItem(KEY, JSON.stringify(last));
  } catch {
    // Forgotten when the page closes.
  }
}
