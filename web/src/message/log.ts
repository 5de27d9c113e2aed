/** The messages of one channel that are here, without holes: decisions on plain values. */
import { compareIds } from "~/net/snowflake";
import type { Id, Message, PartialEmoji, Poll } from "~/wire";

export interface Log {
  /** Oldest first, no two with one id. */
  messages: Message[];
  /** Whether there are older ones on the server. */
  older: boolean;
  /** Whether there are newer ones: then what arrives is not put at the end. */
  newer: boolean;
  phase: "empty" | "loading" | "ready" | "failed";
  /** Counts up when the place in history changes: what is shown is another piece of it. */
  window: number;
}

export const emptyLog = (): Log => ({ messages: [], older: true, newer: false, phase: "empty", window: 0 });

/** Where an id is, or where it would be. */
export function indexOf(messages: readonly { id: Id }[], id: Id): { index: number; found: boolean } {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareIds(messages[middle]?.id ?? "", id);
    if (order === 0) return { index: middle, found: true };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { index: low, found: false };
}

/** Puts a message in its place, or in place of itself. */
export function insert(log: Log, message: Message): void {
  const { index, found } = indexOf(log.messages, message.id);
  if (found) log.messages[index] = message;
  else log.messages.splice(index, 0, message);
}

/** A message that just happened: not shown where newer ones are missing in between. */
export function arrive(log: Log, message: Message): void {
  if (log.phase !== "ready" || log.newer) return;
  insert(log, message);
}

export type Page = { messages: Message[]; limit: number } & (
  | { kind: "newest" }
  | { kind: "before" }
  | { kind: "after" }
  | { kind: "around"; id: Id }
);

/** Takes a page of history in; the server gives them newest first. */
export function take(log: Log, page: Page): void {
  const sorted = [...page.messages].sort((a, b) => compareIds(a.id, b.id));
  const full = sorted.length >= page.limit;
  switch (page.kind) {
    case "newest":
      reach(log, sorted, full);
      return;
    case "before":
      for (const message of sorted) insert(log, message);
      log.older = full;
      return;
    case "after":
      for (const message of sorted) insert(log, message);
      log.newer = full;
      return;
    case "around": {
      log.messages = sorted;
      const before = sorted.filter((message) => compareIds(message.id, page.id) < 0).length;
      const after = sorted.length - before;
      log.older = before >= Math.floor(page.limit / 2) - 1;
      log.newer = after >= Math.floor(page.limit / 2) - 1;
      log.phase = "ready";
      log.window += 1;
    }
  }
}

/** The newest page. It joins what is here where they overlap; where they do not, it takes its place: a hole would be a lie. */
function reach(log: Log, sorted: Message[], full: boolean): void {
  const last = log.messages.at(-1);
  const first = sorted[0];
  const joins = log.phase === "ready" && !log.newer && last && first && compareIds(first.id, last.id) <= 0;
  if (joins) {
    // What the page should hold and does not was deleted in the meantime.
    const there = new Set(sorted.map((message) => message.id));
    log.messages = log.messages.filter((message) => compareIds(message.id, first.id) < 0 || there.has(message.id));
    for (const message of sorted) insert(log, message);
  } else {
    log.messages = sorted;
    log.older = full;
    log.window += 1;
  }
  log.newer = false;
  log.phase = "ready";
}

export function change(log: Log, patch: Partial<Message> & { id: Id }): void {
  const { index, found } = indexOf(log.messages, patch.id);
  const known = log.messages[index];
  if (!found || !known) return;
  // Whose reactions are one's own is not told by events, nor whose votes.
  const { reactions: _, ...rest } = patch;
  log.messages[index] = { ...known, ...rest };
  if (patch.poll && known.poll) log.messages[index].poll = withVotes(patch.poll, known.poll);
}

/** A poll as it is told, with one's own votes as they are known. */
function withVotes(told: Poll, known: Poll): Poll {
  if (!told.results) return told;
  const mine = new Set(known.results?.answer_counts.filter((one) => one.me_voted).map((one) => one.id));
  const answer_counts = told.results.answer_counts.map((one) => ({ ...one, me_voted: mine.has(one.id) }));
  return { ...told, results: { ...told.results, answer_counts } };
}

export function remove(log: Log, ids: readonly Id[]): void {
  const gone = new Set(ids);
  log.messages = log.messages
    .filter((message) => !gone.has(message.id))
    .map((message) =>
      message.referenced_message && gone.has(message.referenced_message.id)
        ? { ...message, referenced_message: null }
        : message,
    );
}

export const sameEmoji = (a: PartialEmoji, b: PartialEmoji): boolean =>
  a.id ? a.id === b.id : !b.id && a.name === b.name;

/** One reaction more (+1) or less (−1). */
export function react(log: Log, id: Id, emoji: PartialEmoji, mine: boolean, by: 1 | -1): void {
  const { index, found } = indexOf(log.messages, id);
  const known = log.messages[index];
  if (!found || !known) return;
  const reactions = [...(known.reactions ?? [])];
  const at = reactions.findIndex((one) => sameEmoji(one.emoji, emoji));
  const one = reactions[at];
  if (!one) {
    if (by > 0) reactions.push({ emoji, count: 1, me: mine });
  } else if (!(mine && one.me === by > 0)) {
    // One's own reaction is shown before the server says so, and counts once.
    const next = { ...one, count: one.count + by, me: mine ? by > 0 : one.me };
    if (next.count > 0) reactions[at] = next;
    else reactions.splice(at, 1);
  }
  log.messages[index] = { ...known, reactions };
}

export function clearReactions(log: Log, id: Id, emoji?: PartialEmoji): void {
  const { index, found } = indexOf(log.messages, id);
  const known = log.messages[index];
  if (!found || !known) return;
  const reactions = emoji ? (known.reactions ?? []).filter((one) => !sameEmoji(one.emoji, emoji)) : [];
  log.messages[index] = { ...known, reactions };
}
