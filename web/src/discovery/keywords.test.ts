import { expect, it } from "vitest";
import { addKeywords } from "./keywords";

const ten = Array.from({ length: 10 }, (_, number) => `tag ${number}`);

it.each([
  [[], "chess", ["chess"], undefined, ""],
  [["Go"], "  board games , chess,,\n", ["Go", "board games", "chess"], undefined, ""],
  [["Go"], "", ["Go"], undefined, ""],
  [["Café"], "tea, CAFE, milk", ["Café", "tea"], "“CAFE” is there already.", "CAFE, milk"],
  [[], "é".repeat(30), ["é".repeat(30)], undefined, ""],
  [[], "😀".repeat(31), [], "A tag has up to 30 characters.", "😀".repeat(31)],
  [ten, "one more", ten, "Up to 10 tags.", "one more"],
])("%o and %o", (known, typed, keywords, error, rest) => {
  expect(addKeywords(known, typed)).toEqual({ keywords, rest, ...(error ? { error } : {}) });
});
