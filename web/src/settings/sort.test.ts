import { describe, expect, it } from "vitest";
import { moved, placeAt, positionsFor } from "./sort";

it.each([
  [0, 2, "bca"],
  [2, 0, "cab"],
  [1, 1, "abc"],
  [0, 9, "bca"],
  [7, 0, "abc"],
])("moves %i to %i", (from, to, expected) => expect(moved(["a", "b", "c"], from, to).join("")).toBe(expected));

describe("positions", () => {
  const role = (id: string, position: number) => ({ id, position });
  it("are said only where they change", () => {
    expect(positionsFor([role("c", 3), role("b", 2), role("a", 1)])).toEqual([]);
    expect(positionsFor([role("b", 2), role("c", 3), role("a", 1)])).toEqual([role("b", 3), role("c", 2)]);
  });
  it("part those that stood at the same place", () => {
    expect(positionsFor([role("c", 1), role("b", 1), role("a", 1)])).toEqual([role("c", 3), role("b", 2)]);
  });
});

it.each([
  [5, 0],
  [15, 1],
  [99, 3],
])("finds the place of %i", (y, place) => expect(placeAt([10, 20, 30], y)).toBe(place));
