import { expect, it, vi } from "vitest";

let there = false;
vi.mock("emojibase-data/en/compact.json", () => {
  if (!there) throw new TypeError("no network");
  return { default: [] };
});
vi.mock("emojibase-data/en/shortcodes/github.json", () => ({ default: {} }));

it("is asked for again after it did not come", async () => {
  const { emojiSet } = await import("./data");
  await expect(emojiSet()).rejects.toThrow();
  there = true;
  vi.resetModules();
  await expect(emojiSet()).resolves.toMatchObject({ all: [] });
  expect(emojiSet()).toBe(emojiSet());
});
