import { describe, expect, it } from "vitest";
import type { Overwrite } from "~/wire";
import { EVERY_PERMISSION, namesOf, search } from "./list";
import { agree, cycle, inherited, isPlain, stateOf, stepsBetween, withState } from "./tristate";

const overwrite = (id: string, allow = "0", deny = "0"): Overwrite => ({ id, type: 0, allow, deny });

describe("a permission of an overwrite", () => {
  it.each([
    ["2048", "0", 11, "allow"],
    ["0", "2048", 11, "deny"],
    ["0", "0", 11, "inherit"],
    ["2048", "2048", 11, "allow"],
    ["2251799813685248", "0", 51, "allow"],
    ["0", "2251799813685248", 51, "deny"],
  ] as const)("allow %s deny %s: bit %i is %s", (allow, deny, bit, state) => {
    expect(stateOf({ allow, deny }, bit)).toBe(state);
  });

  it("is one of the three, and leaves all others alone", () => {
    const before = overwrite("1", "1024", "16");
    const allowed = withState(before, 51, "allow");
    expect(allowed).toEqual(overwrite("1", (1024n | (1n << 51n)).toString(), "16"));
    expect(withState(allowed, 51, "deny")).toEqual(overwrite("1", "1024", (16n | (1n << 51n)).toString()));
    expect(withState(allowed, 51, "inherit")).toEqual(before);
    expect(withState(before, 4, "allow")).toEqual(overwrite("1", (1024n | 16n).toString(), "0"));
  });

  it("goes round", () =>
    expect(["inherit", "allow", "deny"].map((state) => cycle(state as never))).toEqual(["allow", "deny", "inherit"]));
});

describe("the way from one list to another", () => {
  const everyone = overwrite("1", "0", "2048");
  const crew = overwrite("2", "2048");
  it.each([
    ["nothing to do", [everyone, crew], [crew, everyone], [], []],
    ["one is new", [everyone], [everyone, crew], ["2"], []],
    ["one is other", [everyone, crew], [everyone, overwrite("2", "1024")], ["2"], []],
    ["one is gone", [everyone, crew], [crew], [], ["1"]],
    ["one that says nothing is still new", [], [overwrite("3")], ["3"], []],
  ])("%s", (_, before, after, put, remove) => {
    const steps = stepsBetween(before, after);
    expect(steps.put.map((one) => one.id)).toEqual(put);
    expect(steps.remove).toEqual(remove);
  });

  it("sees that what says nothing does not matter", () => {
    expect(agree([everyone], [everyone, overwrite("9")])).toBe(true);
    expect(agree([everyone], [crew])).toBe(false);
    expect(isPlain(overwrite("9"))).toBe(true);
  });
});

it.each([
  [0n, undefined, false],
  [1n << 11n, undefined, true],
  [1n << 11n, overwrite("1", "0", "2048"), false],
  [0n, overwrite("1", "2048"), true],
  [8n, overwrite("1", "0", "2048"), true],
])("what is inherited of %s with %o: %s", (base, everyone, expected) =>
  expect(inherited(base, everyone, 11)).toBe(expected),
);

it("has words for each bit once", () => {
  const bits = EVERY_PERMISSION.map((one) => one.bit);
  expect(new Set(bits).size).toBe(bits.length);
  expect(Math.max(...bits)).toBeLessThan(53);
  expect(namesOf(1n << 51n)).toEqual(["Pin messages"]);
});

it("finds permissions by their words, where they mean something", () => {
  expect(search("pin", "text").flatMap((group) => group.permissions.map((one) => one.bit))).toContain(51);
  expect(search("administrator", "text")).toEqual([]);
  expect(search("", "voice").some((group) => group.title === "Voice")).toBe(true);
});
