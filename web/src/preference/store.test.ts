import { expect, it } from "vitest";
import { DEFAULTS, sanitize } from "./store";

it.each([
  null,
  undefined,
  7,
  "dark",
  [],
  { theme: "pink", fontScale: "big", compact: "yes" },
  { fontScale: Number.NaN },
  { idleMinutes: -1 },
  { idleMinutes: "5" },
])("falls back from %o", (garbage) => {
  expect(sanitize(garbage)).toEqual(DEFAULTS);
});

it("keeps what is sound, and bounds the size of the text", () => {
  expect(sanitize({ theme: "light", fontScale: 900, sound: false, idleMinutes: 0 })).toEqual({
    ...DEFAULTS,
    theme: "light",
    fontScale: 150,
    sound: false,
    idleMinutes: 0,
  });
});
