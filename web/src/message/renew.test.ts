import { expect, test } from "vitest";
import { isOver } from "./renew";

test("a signed address ends when it says so", () => {
  const url = "https://hall.example/cdn/attachments/1/2/x.png?ex=6553f100&is=65529f80&hm=ab";
  const end = 0x6553f100 * 1000;
  expect(isOver(url, end - 1)).toBe(false);
  expect(isOver(url, end + 1)).toBe(true);
  expect(isOver("https://hall.example/cdn/emojis/1.webp?size=32", end + 1)).toBe(false);
});
