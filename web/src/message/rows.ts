/** What stands under each other in a timeline: messages with what divides them. */
import { isNewer, timeOf } from "~/net/snowflake";
import { type Id, type Message, MessageKind } from "~/wire";
import type { Pending } from "./outbox";
import { sameDay } from "./time";

export type Row =
  | { key: string; kind: "start" | "older" | "newer" }
  | { key: string; kind: "day"; at: number }
  | { key: string; kind: "unread" }
  | { key: string; kind: "message"; id: Id; head: boolean }
  | { key: string; kind: "pending"; nonce: string; head: boolean };

/** Messages of one author within this time stand under one name. */
const TOGETHER_MS = 7 * 60 * 1000;

type Said = { author: Id; at: number; plain: boolean; name: string };

/** Whether somebody said it, and not the server itself. */
export const spoken = (message: Message): boolean =>
  [MessageKind.Default, MessageKind.Reply, MessageKind.ChatInputCommand, MessageKind.ContextMenuCommand].some(
    (kind) => kind === message.type,
  );

function said(message: Message): Said {
  return {
    author: message.author.id,
    // Names of webhooks change from message to message.
    name: message.webhook_id ? message.author.username : "",
    at: Date.parse(message.timestamp) || timeOf(message.id),
    plain: spoken(message),
  };
}

export interface Shown {
  messages: readonly Message[];
  pending: readonly Pending[];
  me: Id;
  older: boolean;
  newer: boolean;
  /** The last message that was read when the channel was opened. */
  readUpTo: Id | null;
  compact: boolean;
}

/** Rows; one that was there before is the same object again, so that it is not drawn anew. */
export function rowsOf(shown: Shown, before: ReadonlyMap<string, Row>): Row[] {
  const rows: Row[] = [];
  const put = (row: Row) => {
    const known = before.get(row.key);
    rows.push(known && same(known, row) ? known : row);
  };
  put(shown.older ? { key: "older", kind: "older" } : { key: "start", kind: "start" });
  let last: Said | null = null;
  let divided = shown.readUpTo === null;
  for (const message of shown.messages) {
    const now = said(message);
    const newDay: boolean = last === null || !sameDay(last.at, now.at);
    if (newDay) put({ key: `day ${message.id}`, kind: "day", at: now.at });
    const unread = !divided && isNewer(message.id, shown.readUpTo) && message.author.id !== shown.me;
    if (unread) {
      divided = true;
      put({ key: "unread", kind: "unread" });
    }
    const head =
      newDay ||
      unread ||
      last === null ||
      !last.plain ||
      !now.plain ||
      last.author !== now.author ||
      last.name !== now.name ||
      now.at - last.at > TOGETHER_MS ||
      message.type !== MessageKind.Default;
    put({ key: message.id, kind: "message", id: message.id, head });
    last = now;
  }
  if (shown.newer) {
    put({ key: "newer", kind: "newer" });
    last = null;
  }
  for (const one of shown.pending) {
    if (last && !sameDay(last.at, one.at)) put({ key: `day ${one.nonce}`, kind: "day", at: one.at });
    const head =
      last === null || !last.plain || last.author !== shown.me || one.at - last.at > TOGETHER_MS || !!one.draft.reply;
    put({ key: `pending ${one.nonce}`, kind: "pending", nonce: one.nonce, head });
    last = { author: shown.me, at: one.at, plain: true, name: "" };
  }
  return rows;
}

function same(a: Row, b: Row): boolean {
  if (a.kind !== b.kind) return false;
  if ((a.kind === "message" && b.kind === "message") || (a.kind === "pending" && b.kind === "pending")) {
    return a.head === b.head;
  }
  return a.kind !== "day" || b.kind !== "day" || a.at === b.at;
}
