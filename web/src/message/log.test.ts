import { describe, expect, it } from "vitest";
import type { Message } from "~/wire";
import { arrive, change, emptyLog, insert, type Log, react, remove, take } from "./log";

const message = (id: number, more: Partial<Message> = {}): Message => ({
  id: String(id),
  channel_id: "1",
  author: { id: "5", username: "ada", discriminator: "0", global_name: null, avatar: null },
  content: `message ${id}`,
  timestamp: "2026-01-01T00:00:00Z",
  edited_timestamp: null,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  flags: 0,
  pinned: false,
  type: 0,
  ...more,
});
const page = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => message(to - index));
const ids = (log: Log) => log.messages.map((one) => Number(one.id));
const filled = (from: number, to: number): Log => {
  const log = emptyLog();
  take(log, { kind: "newest", messages: page(from, to), limit: 50 });
  return log;
};

describe("a channel's log", () => {
  it("keeps order and has nothing twice", () => {
    const log = emptyLog();
    for (const id of [9, 11, 100, 10, 9, 99]) insert(log, message(id));
    expect(ids(log)).toEqual([9, 10, 11, 99, 100]);
  });

  it("pages back until a page is not full", () => {
    const log = filled(51, 100);
    expect(log.older).toBe(true);
    take(log, { kind: "before", messages: page(10, 50), limit: 50 });
    expect(ids(log)[0]).toBe(10);
    expect(log.older).toBe(false);
  });

  it("joins the newest page after a cut, and drops what was deleted meanwhile", () => {
    const log = filled(51, 100);
    const messages = page(60, 109).filter((one) => one.id !== "99");
    take(log, { kind: "newest", messages, limit: 49 });
    expect(ids(log)).toEqual(
      [...page(51, 109)]
        .map((one) => Number(one.id))
        .reverse()
        .filter((id) => id !== 99),
    );
    expect(log.window).toBe(1);
  });

  it("starts anew where pages do not meet: no hole in between", () => {
    const log = filled(51, 100);
    take(log, { kind: "newest", messages: page(151, 200), limit: 50 });
    expect(ids(log)).toEqual(ids(filled(151, 200)));
    expect(log.older).toBe(true);
    expect(log.window).toBe(2);
  });

  it("does not put what happens now behind a piece of the past", () => {
    const log = emptyLog();
    take(log, { kind: "around", id: "50", messages: page(26, 75), limit: 50 });
    expect([log.older, log.newer]).toEqual([true, true]);
    arrive(log, message(500));
    expect(ids(log)).not.toContain(500);
    take(log, { kind: "after", messages: page(76, 80), limit: 50 });
    expect(log.newer).toBe(false);
    arrive(log, message(500));
    expect(ids(log).at(-1)).toBe(500);
  });

  it("changes and removes, and says that the answered message is gone", () => {
    const log = filled(1, 3);
    insert(log, message(4, { referenced_message: message(2) }));
    change(log, { id: "3", content: "edited" });
    remove(log, ["2"]);
    expect(log.messages.map((one) => one.content)).toEqual(["message 1", "edited", "message 4"]);
    expect(log.messages.at(-1)?.referenced_message).toBeNull();
  });

  it("keeps one's own vote when a message changes: the event names nobody's", () => {
    const poll = (one: number, mine: boolean) => ({
      question: {},
      answers: [],
      expiry: null,
      allow_multiselect: true,
      layout_type: 1,
      results: { is_finalized: false, answer_counts: [{ id: 1, count: one, me_voted: mine }, { id: 2, count: 4, me_voted: false }] },
    });
    const log = filled(1, 1);
    insert(log, message(2, { poll: poll(3, true) }));
    change(log, { id: "2", pinned: true, poll: poll(5, false) });
    expect(log.messages.at(-1)).toMatchObject({ pinned: true, poll: poll(5, true) });
    change(log, { id: "2", content: "edited" });
    expect(log.messages.at(-1)?.poll).toEqual(poll(5, true));
  });

  it("counts one's own reaction once, toggled twice it is gone", () => {
    const log = filled(1, 1);
    const emoji = { name: "🎉" };
    react(log, "1", emoji, true, 1);
    react(log, "1", emoji, true, 1);
    react(log, "1", emoji, false, 1);
    expect(log.messages[0]?.reactions).toEqual([{ emoji, count: 2, me: true }]);
    react(log, "1", emoji, true, -1);
    react(log, "1", emoji, true, -1);
    react(log, "1", emoji, false, -1);
    expect(log.messages[0]?.reactions).toEqual([]);
  });

  it("touches no other reaction when one is counted", () => {
    const log = emptyLog();
    const reactions = ["a", "b"].map((name) => ({ emoji: { name }, count: 1, me: false }));
    insert(log, message(1, { reactions }));
    react(log, "1", { name: "b" }, true, 1);
    expect(log.messages[0]?.reactions).toEqual([reactions[0], { emoji: { name: "b" }, count: 2, me: true }]);
    expect(log.messages[0]?.reactions?.[0]).toBe(reactions[0]);
    react(log, "1", { name: "b" }, true, 1);
    expect(log.messages[0]?.reactions?.[1]?.count).toBe(2);
    react(log, "1", { name: "a" }, false, -1);
    expect(log.messages[0]?.reactions?.map((one) => one.emoji.name)).toEqual(["b"]);
  });
});
