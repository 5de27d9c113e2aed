import { expect, test } from "vitest";
import type { LinkCheck, LinkRule, LinkSource, Role } from "~/wire";
import { comparison, deserved, isLinked, labelOf, ofRole, problemsOf, sourcesOf, words } from "./rules";

const field = (type: number, key: string) => ({ type, key, name: key, description: "" });
const chess: LinkSource = {
  id: "1",
  name: "Chess",
  icon: null,
  description: "",
  role_connections_verification_url: null,
  fields: [field(2, "wins"), field(5, "since"), field(7, "verified")],
  connected: null,
};
const rule = (operator: number, value: string): LinkRule => ({
  ...ofRole(chess, field(operator, "wins")),
  value,
});

test("each way of comparing has its words", () => {
  const all = [1, 2, 3, 4, 5, 6, 7, 8].map((kind) => comparison(kind, "1"));
  expect(all).toEqual([
    "1 or less",
    "1 or more",
    "exactly 1",
    "anything but 1",
    "at least 1 day ago",
    "at most 1 day ago",
    "yes",
    "no",
  ]);
  expect([2, 5, 9].map(labelOf)).toEqual(["Is at least", "Days ago, at least", "Is"]);
  expect(comparison(7, "0")).toBe("no");
  expect(comparison(5, "30")).toBe("at least 30 days ago");
});

test("a rule is read with the name of its field, or as a connection alone", () => {
  expect(words({ ...rule(2, "10"), name: "Games won" })).toBe("Games won: 10 or more");
  expect(words(ofRole(chess))).toBe("Connect an account");
});

test("a fresh rule asks for yes, or has a number still to be written", () => {
  expect(ofRole(chess, field(7, "verified")).value).toBe("1");
  expect(problemsOf([[ofRole(chess, field(2, "wins"))], [ofRole(chess), ofRole(chess, field(7, "verified"))]])).toEqual({
    "0.0": "Write a whole number.",
  });
});

test("numbers are whole, days are not below nothing", () => {
  const wrong = (operator: number, value: string) => problemsOf([[rule(operator, value)]])["0.0"];
  expect(wrong(2, "12")).toBeUndefined();
  expect(wrong(1, "-3")).toBeUndefined();
  expect(wrong(2, "1.5")).toBe("Write a whole number.");
  expect(wrong(2, "many")).toBe("Write a whole number.");
  expect(wrong(5, "-3")).toBe("Write a number of days.");
  expect(wrong(6, "36501")).toBe("Write a number of days.");
});

test("one whole way is enough", () => {
  const check = (result: boolean): LinkCheck => ({ ...rule(2, "1"), name: null, description: null, result });
  expect(deserved([[check(true), check(false)], [check(true)]])).toBe(true);
  expect(deserved([[check(true), check(false)]])).toBe(false);
  expect(deserved([])).toBe(false);
  expect(deserved([[]])).toBe(false);
});

test("linked is a role that says so, and applications are named once", () => {
  const role = { id: "2", name: "Player", permissions: "0", position: 1, color: 0, hoist: false, managed: false, mentionable: false };
  expect(isLinked({ ...role, tags: { guild_connections: null } } satisfies Role)).toBe(true);
  expect(isLinked(role)).toBe(false);
  expect(isLinked({ ...role, tags: { bot_id: "3" } })).toBe(false);
  expect(sourcesOf([[rule(2, "1"), rule(3, "2")], [rule(2, "5")]], [chess]).map((one) => one.name)).toEqual(["Chess"]);
});
