import { expect, it } from "vitest";
import { type Newcomer, waitsFor } from "./verification";

const MINUTE = 60_000;
const newcomer: Newcomer = { email: true, made: 100 * MINUTE, joined: 120 * MINUTE };

it.each([
  [0, { email: false }, 0],
  [1, { email: false }, "email"],
  [1, {}, 0],
  [2, {}, 105],
  [3, {}, 130],
  // The account is younger than the rest of it.
  [3, { made: 129 * MINUTE }, 134],
  [4, {}, 130],
  [4, { email: false }, "email"],
])("level %i with %o asks to wait for %s", (level, more, expected) => {
  const waits = waitsFor(level, { ...newcomer, ...more });
  expect(waits === "email" ? waits : waits / MINUTE).toBe(expected);
});
