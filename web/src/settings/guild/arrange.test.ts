import { expect, it } from "vitest";
import { arrange, placesOf, type Row, stepFrom } from "./arrange";

/** Capitals are categories, letters before `v` text, the others voice. */
const rowsOf = (text: string): Row[] =>
  [...text].map((id) => ({ id, category: id === id.toUpperCase(), voice: id === id.toLowerCase() && id >= "v" }));
const textOf = (rows: Row[]): string => rows.map((row) => row.id).join("");

it.each([
  ["abXcdv", 0, 1, "baXcdv"],
  ["abXcdv", 0, 2, "bXacdv"],
  ["abXcdv", 0, 3, "bXcadv"],
  ["abXcdv", 3, 0, "cabXdv"],
  ["abXcdv", 5, 3, "abXcdv"],
  ["abXcdv", 5, 0, "abvXcd"],
  ["XaYbZc", 0, 2, "YbXaZc"],
  ["XaYbZc", 0, 5, "YbZcXa"],
  ["XaYbZc", 4, 1, "XaZcYb"],
  ["XaYbZc", 4, 0, "ZcXaYb"],
  ["mXaYb", 3, 0, "mYbXa"],
  ["XaYb", 1, 1, "XaYb"],
  ["XaYb", 9, 1, "XaYb"],
])("%s, from %i to %i: %s", (rows, from, to, expected) =>
  expect(textOf(arrange(rowsOf(rows), from, to))).toBe(expected),
);

it("says where each stands", () => {
  expect(placesOf(rowsOf("aXbYc"))).toEqual([
    { id: "a", position: 0, parent_id: null },
    { id: "X", position: 0, parent_id: null },
    { id: "b", position: 1, parent_id: "X" },
    { id: "Y", position: 1, parent_id: null },
    { id: "c", position: 2, parent_id: "Y" },
  ]);
});

it.each([
  ["XaYb", 2, -1, "YbXa"],
  ["XaYb", 0, 1, "YbXa"],
  ["XaYb", 0, -1, "XaYb"],
  ["XaYb", 2, 1, "XaYb"],
  ["XaYb", 3, -1, "XabY"],
  ["XaYb", 1, 1, "XYab"],
] as const)("an arrow key in %s, from %i by %i: %s", (rows, from, by, expected) => {
  const all = rowsOf(rows);
  expect(textOf(arrange(all, from, stepFrom(all, from, by)))).toBe(expected);
});
