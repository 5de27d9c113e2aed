import { expect, it } from "vitest";
import { activitiesOf } from "./idle";

const AT = Date.parse("2026-01-01T12:00:00Z");
const emoji = { name: "🌊", id: null };

it.each([
  ["nothing", null, []],
  ["an empty line", { text: "", emoji_name: null }, []],
  ["a line", { text: "At sea", emoji_name: "🌊" }, [{ name: "Custom Status", type: 4, state: "At sea", emoji }]],
  ["an emoji alone", { emoji_name: "🌊" }, [{ name: "Custom Status", type: 4, state: "", emoji }]],
  ["a line that still stands", { text: "At sea", expires_at: "2026-01-01T12:00:01Z" }, [{ name: "Custom Status", type: 4, state: "At sea" }]],
  ["a line that has ended", { text: "At sea", expires_at: "2026-01-01T12:00:00Z" }, []],
])("whoever is away still shows %s", (_, custom, expected) => {
  expect(activitiesOf(custom, AT)).toEqual(expected);
});
