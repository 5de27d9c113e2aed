import { expect, it } from "vitest";
import { line, mebibytes, remember, span } from "./figures";

it.each([
  [0, "0 s"],
  [59, "59 s"],
  [61, "1 min 1 s"],
  [3600, "1 h"],
  [90_061, "1 d 1 h"],
  [172_805, "2 d 5 s"],
])("%i seconds are %s", (seconds, text) => expect(span(seconds)).toBe(text));

it.each([
  [0, "0.0 MiB"],
  [52_428_800, "50 MiB"],
  [2_147_483_648, "2.0 GiB"],
])("%i bytes are %s", (bytes, text) => expect(mebibytes(bytes)).toBe(text));

it("forgets what is long ago", () => expect(remember([1, 2, 3], 4, 3)).toEqual([2, 3, 4]));

it("draws a line from edge to edge", () => {
  expect(line([1], 10, 10)).toBe("");
  expect(line([0, 10], 100, 20)).toBe("M0.0 20.0L100.0 0.0");
  expect(line([5, 5, 5], 100, 20)).toBe("M0.0 10.0L50.0 10.0L100.0 10.0");
});
