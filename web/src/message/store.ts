/** Messages of channels, loaded piece by piece. */
import { createStore, produce } from "solid-js/store";
import { learnUser, myId } from "~/user/store";
import { memberOf, putMember } from "~/member/store";
import { api } from "~/net/rest";
import { complain } from "~/ui/Toast";
import { vote } from "~/poll/tally";
import type { Events, Id, Message, PollVote } from "~/wire";
import { arrive, change, clearReactions, emptyLog, indexOf, type Log, type Page, react, remove, take } from "./log";
import { settle } from "./outbox";

const LIMIT = 50;
/** How many channels' messages are kept at most. */
const KEPT = 30;

const [logs, set] = createStore<Record<Id, Log>>({});
export { logs };

const recent: Id[] = [];

function update(channel: Id, work: (log: Log) => void): void {
  if (!logs[channel]) set(channel, emptyLog());
  set(channel, produce(work));
}

/** Remembers who wrote, with what the message says of them. */
function learn(message: Message): void {
  if (!message.webhook_id) {
    learnUser(message.author);
    if (message.guild_id && message.member && !memberOf(message.guild_id, message.author.id)) {
      putMember(message.guild_id, message.author.id, message.member);
    }
  }
  for (const user of message.mentions) learnUser(user);
  if (message.referenced_message) learn(message.referenced_message);
}

type Wanted = { kind: "newest" } | { kind: "before"; id: Id } | { kind: "after"; id: Id } | { kind: "around"; id: Id };

const running = new Map<Id, string>();

/** What happened to a channel while a page of it was on its way: it happens to the page too, which may not know of it yet. */
const meanwhile = new Map<Id, ((log: Log) => void)[]>();

function happened(channel: Id, work: (log: Log) => void): void {
  meanwhile.get(channel)?.push(work);
  if (logs[channel]) update(channel, work);
}

async function load(channel: Id, wanted: Wanted): Promise<void> {
  const key = wanted.kind === "newest" ? "newest" : `${wanted.kind} ${wanted.id}`;
  const now = running.get(channel);
  // Who goes to the end does not leaf through what lies between.
  if (now === key || (now === "newest" && wanted.kind !== "around")) return;
  running.set(channel, key);
  meanwhile.set(channel, []);
  try {
    const query = wanted.kind === "newest" ? {} : { [wanted.kind]: wanted.id };
    const messages = await api.get<Message[]>(`/channels/${channel}/messages`, { limit: LIMIT, ...query });
    // Somebody went elsewhere in the meantime.
    if (running.get(channel) !== key) return;
    for (const message of messages) learn(message);
    const page = (wanted.kind === "newest" ? { kind: "newest" } : wanted) as { kind: "newest" };
    update(channel, (log) => {
      take(log, { ...page, messages, limit: LIMIT } as Page);
      for (const work of meanwhile.get(channel) ?? []) work(log);
    });
    for (const message of messages) settle(message);
  } catch (error) {
    update(channel, (log) => {
      if (log.phase === "loading") log.phase = "failed";
    });
    if (wanted.kind !== "newest") complain(error);
  } finally {
    if (running.get(channel) === key) {
      running.delete(channel);
      meanwhile.delete(channel);
    }
  }
}

/** Makes sure that a channel's newest messages are here. */
export async function open(channel: Id): Promise<void> {
  const at = recent.indexOf(channel);
  if (at >= 0) recent.splice(at, 1);
  recent.push(channel);
  for (const old of recent.splice(0, Math.max(0, recent.length - KEPT))) set(produce((draft) => delete draft[old]));
  const phase = logs[channel]?.phase;
  if (phase === "ready" || phase === "loading") return;
  update(channel, (log) => {
    log.phase = "loading";
  });
  await load(channel, { kind: "newest" });
}

export async function loadOlder(channel: Id): Promise<void> {
  const log = logs[channel];
  const first = log?.messages[0];
  if (log?.phase === "ready" && log.older && first) await load(channel, { kind: "before", id: first.id });
}

export async function loadNewer(channel: Id): Promise<void> {
  const log = logs[channel];
  const last = log?.messages.at(-1);
  if (log?.phase === "ready" && log.newer && last) await load(channel, { kind: "after", id: last.id });
}

/** Makes sure that one message is here with what surrounds it. */
export async function openAround(channel: Id, id: Id): Promise<void> {
  const log = logs[channel];
  if (log?.phase === "ready" && indexOf(log.messages, id).found) return;
  if (log?.phase !== "ready") {
    update(channel, (empty) => {
      empty.phase = "loading";
    });
  }
  await load(channel, { kind: "around", id });
}

/** Back from history to now. */
export const openNewest = (channel: Id): Promise<void> => load(channel, { kind: "newest" });

/** After a session that could not be resumed: the open channel catches up, the others are read again when opened. */
export function reconcileLogs(open: Id | undefined): void {
  for (const channel of Object.keys(logs)) {
    if (channel !== open) dropLog(channel);
  }
  if (open && logs[open] && !logs[open]?.newer) void load(open, { kind: "newest" });
}

/** Forgets what is here of a channel, and what is on its way. */
export function dropLog(channel: Id): void {
  running.delete(channel);
  meanwhile.delete(channel);
  if (logs[channel]) set(produce((draft) => delete draft[channel]));
}

/** A message as the server tells it: by an event, or as the answer to a send. */
export function receive(message: Message): void {
  learn(message);
  happened(message.channel_id, (log) => arrive(log, message));
  settle(message);
}

export function edit(patch: Partial<Message> & { id: Id; channel_id: Id }): void {
  happened(patch.channel_id, (log) => change(log, patch));
}

export function erase(channel: Id, ids: Id[]): void {
  happened(channel, (log) => remove(log, ids));
}

export function reacted(event: Events["MESSAGE_REACTION_ADD"], by: 1 | -1): void {
  if (!logs[event.channel_id]) return;
  update(event.channel_id, (log) => react(log, event.message_id, event.emoji, event.user_id === myId(), by));
}

/** A vote more or less in a poll. */
export function voted(event: PollVote, by: 1 | -1): void {
  happened(event.channel_id, (log) => {
    const { index, found } = indexOf(log.messages, event.message_id);
    const poll = found ? log.messages[index]?.poll : undefined;
    if (poll) vote(poll, event.answer_id, by, event.user_id === myId());
  });
}

export function unreacted(event: Events["MESSAGE_REACTION_REMOVE_ALL"]): void {
  if (logs[event.channel_id]) update(event.channel_id, (log) => clearReactions(log, event.message_id, event.emoji));
}

export function messageOf(channel: Id, id: Id): Message | undefined {
  const log = logs[channel];
  if (!log) return undefined;
  const { index, found } = indexOf(log.messages, id);
  return found ? log.messages[index] : undefined;
}
