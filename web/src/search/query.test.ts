import { expect, it } from "vitest";
import { idAt, parseQuery } from "./query";

const names = {
  user: (name: string) => ({ ada: "1", "ada lovelace": "2" })[name],
  channel: (name: string) => ({ general: "9" })[name],
};

it.each([
  ["hello world", { content: "hello world" }],
  ["from:ada in:#general hello", { author_id: "1", channel_id: "9", content: "hello" }],
  ['from:"ada lovelace" has:image', { author_id: "2", has: "image" }],
  ["mentions:@ada pinned:yes", { mentions: "1", pinned: true }],
  ["from:bob has:nothing", { unknown: ["from:bob", "has:nothing"] }],
  ["before:2026-01-02", { max_id: idAt(Date.parse("2026-01-02T00:00:00")) }],
  ["http://example.org", { content: "http://example.org" }],
])("%s", (text, expected) => {
  expect(parseQuery(text, names)).toEqual({ unknown: [], ...expected });
});
