import { expect, it } from "vitest";
import { emojiName } from "./emoji-name";

it.each([
  ["party parrot.gif", "party_parrot"],
  ["Köter.png", "Koter"],
  ["__x__.webp", "x_emoji"],
  ["🎉.png", "emoji"],
  ["", "emoji"],
  [".png", "emoji"],
  [`${"a".repeat(60)}.png`, "a".repeat(32)],
  ["v1.2-final (3).png", "v1_2_final_3"],
])("names %s", (file, name) => expect(emojiName(file)).toBe(name));
