import { describe, expect, it } from "vitest";
import { blur } from "./blur";

const mean = (text: string, channel: number): number => {
  const { rgba } = blur(text) ?? { rgba: new Uint8ClampedArray() };
  let sum = 0;
  for (let index = channel; index < rgba.length; index += 4) sum += rgba[index] ?? 0;
  return sum / (rgba.length / 4);
};

describe("a picture that is not here yet", () => {
  it("has its proportions and its colours", () => {
    // A dark page, 1440 by 900, as the server describes it.
    const dark = "h/cBBIAymLWtfJvLb36fcPXMrA==";
    const made = blur(dark);
    expect([made?.width, made?.height]).toEqual([32, 18]);
    for (const channel of [0, 1, 2]) expect(mean(dark, channel)).toBeLessThan(60);
    expect(mean(dark, 2)).toBeGreaterThan(mean(dark, 0));
    expect(mean(dark, 3)).toBe(255);
  });

  it.each(["", "?", "aGk=", "////////"])("takes any text: %s", (text) => {
    expect(() => blur(text)).not.toThrow();
  });
});
