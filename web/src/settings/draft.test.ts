import { createRoot } from "solid-js";
import { describe, expect, it } from "vitest";
import { ApiError } from "~/net/error";
import { createDraft, difference, homeless, same } from "./draft";

describe("same", () => {
  it.each([
    [1, 1, true],
    [Number.NaN, Number.NaN, true],
    [null, undefined, false],
    [[1, [2]], [1, [2]], true],
    [[1, 2], [2, 1], false],
    [{ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 }, true],
    [{ a: undefined }, { b: undefined }, false],
    [[], {}, false],
    [10n, 10n, true],
  ])("%o and %o: %s", (a, b, expected) => expect(same(a, b)).toBe(expected));
});

it("keeps only what is not as it was", () => {
  const saved = { name: "Hall", topic: null as string | null, roles: ["1", "2"] };
  expect(difference(saved, { name: "Hall", topic: "x", roles: ["1", "2"] })).toEqual({ topic: "x" });
  expect(difference(saved, { roles: ["2"] })).toEqual({ roles: ["2"] });
  expect(difference(saved, {})).toEqual({});
});

it("says beside the button what no field says", () => {
  expect(homeless({ name: "Too long.", "colors.primary": "Wrong.", "": "No." }, ["name"])).toBe(
    "colors.primary: Wrong. No.",
  );
  expect(homeless({ "name.0": "Too long." }, ["name"])).toBe("");
});

function draftOf(save: (changes: object) => Promise<unknown>, saved = { name: "Hall", topic: "" }) {
  return createRoot(() => createDraft(() => saved, save, { check: (all) => (all.name ? {} : { name: "Needed." }) }));
}

it("is dirty only while something is different, and sends only that", async () => {
  const sent: object[] = [];
  const draft = draftOf(async (changes) => sent.push(changes));
  expect(draft.dirty()).toBe(false);
  draft.set("name", "House");
  expect(draft.dirty()).toBe(true);
  draft.set("name", "Hall");
  expect(draft.dirty()).toBe(false);
  draft.set("topic", "Talk");
  expect(await draft.submit()).toBe(true);
  expect(sent).toEqual([{ topic: "Talk" }]);
  expect(draft.dirty()).toBe(false);
});

it("asks nobody while a field is wrong", async () => {
  let asked = false;
  const draft = draftOf(async () => (asked = true));
  draft.set("name", "");
  expect(await draft.submit()).toBe(false);
  expect(asked).toBe(false);
  expect(draft.errors()).toEqual({ name: "Needed." });
  draft.set("name", "House");
  expect(draft.errors()).toEqual({});
});

it("shows the server's errors at their fields and keeps the changes", async () => {
  const errors = { name: { _errors: [{ code: "X", message: "Taken." }] } };
  const draft = draftOf(() => Promise.reject(new ApiError(400, { code: 50035, message: "Invalid", errors })));
  draft.set("name", "House");
  expect(await draft.submit()).toBe(false);
  expect(draft.errors()).toEqual({ name: "Taken." });
  expect(draft.value("name")).toBe("House");
  draft.reset();
  expect(draft.value("name")).toBe("Hall");
  expect(draft.problem()).toBe("");
});

it("keeps what was typed while a save was on its way", async () => {
  const sent: object[] = [];
  const ends: (() => void)[] = [];
  const saved = { name: "Hall", topic: "" };
  const draft = draftOf((changes) => {
    sent.push(changes);
    return new Promise<void>((resolve) =>
      ends.push(() => {
        Object.assign(saved, changes);
        resolve();
      }),
    );
  }, saved);
  draft.set("name", "House");
  draft.set("topic", "T");
  const saving = draft.submit();
  draft.set("topic", "Talk");
  ends[0]?.();
  expect(await saving).toBe(true);
  expect([draft.value("name"), draft.value("topic")]).toEqual(["House", "Talk"]);
  expect(draft.changes()).toEqual({ topic: "Talk" });
});
