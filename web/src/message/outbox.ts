/** Messages on their way: shown at once, replaced by the server's when it has them, kept with a Retry when it has not. */
import { batch } from "solid-js";
import { createStore, produce } from "solid-js/store";
import { ApiError, explain } from "~/net/error";
import { api } from "~/net/rest";
import { makeNonce } from "~/net/snowflake";
import { type Upload, upload } from "~/net/upload";
import type { Id, Message } from "~/wire";

export interface Draft {
  content: string;
  files: { file: File; spoiler: boolean; description: string }[];
  reply?: { message: Message; ping: boolean };
}

export interface Pending {
  nonce: string;
  channel: Id;
  draft: Draft;
  at: number;
  state: "sending" | "failed";
  problem: string;
  /** The server was not reached: it is tried again when it is. */
  unreached: boolean;
  /** 0 to 1 while files go up. */
  progress: number;
}

const [outbox, set] = createStore<Record<Id, Pending[]>>({});
export { outbox };

const uploads = new Map<string, Upload<Message>>();
let deliver: (message: Message) => void = () => {};
let slowed: (channel: Id, seconds: number) => void = () => {};

/** Who takes a message that the server answered with, and who hears of slow mode. */
export function onSent(take: (message: Message) => void, slow: (channel: Id, seconds: number) => void): void {
  deliver = take;
  slowed = slow;
}

/** Whether anything is on its way, or did not arrive. */
export const waiting = (): boolean => Object.values(outbox).some((list) => list.length > 0);

/** Sends; resolves whatever becomes of it, the state says which. */
export function send(channel: Id, draft: Draft): Promise<void> {
  const pending: Pending = {
    nonce: makeNonce(),
    channel,
    draft,
    at: Date.now(),
    state: "sending",
    problem: "",
    unreached: false,
    progress: 0,
  };
  if (!outbox[channel]) set(channel, []);
  set(
    channel,
    produce((list) => void list.push(pending)),
  );
  return go(pending);
}

/** What is said goes one after the other, so that it stands in that order. */
const lines = new Map<Id, Promise<void>>();

function go(pending: Pending): Promise<void> {
  // Files take their time: what is said after them does not wait.
  if (pending.draft.files.length > 0) return attempt(pending);
  const before = lines.get(pending.channel) ?? Promise.resolve();
  const next = before.then(() => attempt(pending));
  lines.set(pending.channel, next);
  return next;
}

/** Again, with the same nonce: if the server had it after all, it answers with the message that is there. */
export function retry(nonce: string, channel: Id): Promise<void> {
  const pending = outbox[channel]?.find((one) => one.nonce === nonce);
  if (pending?.state !== "failed") return Promise.resolve();
  patch(channel, nonce, { state: "sending", problem: "", progress: 0 });
  return go({ ...pending, state: "sending" });
}

/** As long as the server knows a nonce, and a little less. */
const KNOWN_MS = 4 * 60 * 1000;

/** The server is there again: what did not reach it goes once more. What is older is for the person to decide. */
export function resend(): void {
  for (const [channel, list] of Object.entries(outbox)) {
    for (const one of list ?? []) {
      if (one.state === "failed" && one.unreached && Date.now() - one.at < KNOWN_MS) void retry(one.nonce, channel);
    }
  }
}

/** Forgets a message that was not sent; stops its upload. */
export function discard(nonce: string, channel: Id): void {
  uploads.get(nonce)?.cancel();
  drop(channel, nonce);
}

/** A message of the server: if it is one of those on their way, it takes their place. */
export function settle(message: Message): void {
  const nonce = message.nonce === undefined || message.nonce === null ? null : String(message.nonce);
  if (nonce && outbox[message.channel_id]?.some((one) => one.nonce === nonce)) drop(message.channel_id, nonce);
}

function drop(channel: Id, nonce: string): void {
  set(channel, (list) => (list ?? []).filter((one) => one.nonce !== nonce));
}

function patch(channel: Id, nonce: string, change: Partial<Pending>): void {
  set(channel, (one) => one.nonce === nonce, change);
}

export function payloadOf(pending: Pick<Pending, "draft" | "nonce">): Record<string, unknown> {
  const { content, files, reply } = pending.draft;
  return {
    content,
    nonce: pending.nonce,
    enforce_nonce: true,
    ...(reply
      ? {
          message_reference: {
            message_id: reply.message.id,
            channel_id: reply.message.channel_id,
            fail_if_not_exists: false,
          },
          allowed_mentions: { parse: ["users", "roles", "everyone"], replied_user: reply.ping },
        }
      : {}),
    ...(files.length > 0
      ? {
          attachments: files.map((one, index) => ({
            id: index,
            filename: one.spoiler && !one.file.name.startsWith("SPOILER_") ? `SPOILER_${one.file.name}` : one.file.name,
            ...(one.description ? { description: one.description } : {}),
          })),
        }
      : {}),
  };
}

async function attempt(pending: Pending): Promise<void> {
  const { channel, nonce } = pending;
  // Taken back, or told by the server, while it waited.
  if (!outbox[channel]?.some((one) => one.nonce === nonce)) return;
  const path = `/channels/${channel}/messages`;
  try {
    const message = await post(path, pending);
    // What an event told before may have been changed by another one since: the answer is older than that.
    if (!outbox[channel]?.some((one) => one.nonce === nonce)) return;
    batch(() => {
      drop(channel, nonce);
      deliver(message);
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return drop(channel, nonce);
    if (error instanceof ApiError && error.code === 20016) slowed(channel, error.retryAfter ?? 1);
    patch(channel, nonce, {
      state: "failed",
      problem: explain(error),
      unreached: error instanceof ApiError && (error.offline || (error.status >= 502 && error.code === 0)),
      progress: 0,
    });
  } finally {
    uploads.delete(nonce);
  }
}

function post(path: string, pending: Pending): Promise<Message> {
  const payload = payloadOf(pending);
  const { files } = pending.draft;
  if (files.length === 0) return api.post<Message>(path, payload, { repeatable: true });
  const renamed = files.map(({ file, spoiler }) =>
    spoiler && !file.name.startsWith("SPOILER_") ? new File([file], `SPOILER_${file.name}`, { type: file.type }) : file,
  );
  const sending = upload<Message>(path, payload, renamed, (progress) =>
    patch(pending.channel, pending.nonce, { progress }),
  );
  uploads.set(pending.nonce, sending);
  return sending.done;
}
