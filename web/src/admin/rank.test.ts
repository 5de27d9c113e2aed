import { expect, it } from "vitest";
import { givable, mayTouch, rankName } from "./rank";

it.each([
  ["member", ["member"], false],
  ["admin", ["member"], true],
  ["admin", ["admin", "owner"], false],
  ["owner", ["member", "admin", "owner"], true],
] as const)("%s and %o: %s", (actor, targets, may) => {
  for (const target of targets) expect(mayTouch(actor, target)).toBe(may);
});

it("gives no rank above what it reaches", () => {
  expect(givable("admin")).toEqual(["member"]);
  expect(givable("owner")).toEqual(["member", "admin", "owner"]);
  expect(givable("member")).toEqual([]);
  expect(rankName("owner")).toBe("Owner");
});
