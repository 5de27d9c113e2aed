import { beforeEach, expect, it, vi } from "vitest";
import { dialog } from "~/dialog/store";
import { learnUser, setMe } from "~/user/store";
import type { CurrentUser, Relationship, User } from "~/wire";
import { deedsWith, relationWords } from "./deeds";
import { dropRelationship, setRelationship } from "./store";

const asked: string[] = [];
vi.stubGlobal("fetch", async (url: string, { method }: RequestInit) => {
  asked.push(`${method} ${url.split("/").at(-1)}`);
  return new Response(null, { status: 204 });
});

const person = (id: string, more: Partial<User> = {}): User => ({ id, username: `p${id}`, global_name: null, avatar: null, ...more }) as User;

beforeEach(() => {
  setMe(person("1") as CurrentUser);
  learnUser(person("2"));
  learnUser(person("3", { bot: true }));
  dropRelationship("2");
  asked.length = 0;
});

it.each([
  [undefined, "", { "Add friend": "PUT 2" }],
  [1, "Friend", { "Remove friend": "a question" }],
  [2, "Blocked", { Unblock: "DELETE 2" }],
  [3, "Wants to be your friend", { Accept: "PUT 2", Decline: "DELETE 2" }],
  [4, "Asked to be your friend", { "Take the request back": "DELETE 2" }],
])("as it stands: %s, %s", (type, words, deeds) => {
  if (type) setRelationship({ id: "2", type, user: person("2"), nickname: null, since: "" } as Relationship);
  expect(relationWords("2")).toBe(words);
  const done = deedsWith("2").map((deed) => {
    asked.length = 0;
    deed.act();
    return [deed.label, asked[0] ?? (dialog()?.kind === "remove-friend" ? "a question" : "nothing")];
  });
  expect(Object.fromEntries(done)).toEqual(deeds);
});

it("is nothing between oneself and oneself, or a bot", () => {
  expect([deedsWith("1"), deedsWith("3")]).toEqual([[], []]);
});
