import { describe, expect, it } from "vitest";
import { type Edited, emoticons, encode, prefix, tokenAt, wrap } from "./format";

/** `a [b] c` is a text with `b` selected. */
const read = (marked: string): Edited => ({
  text: marked.replace(/[[\]]/g, ""),
  start: marked.indexOf("["),
  end: marked.indexOf("]") - 1,
});
const show = ({ text, start, end }: Edited) => `${text.slice(0, start)}[${text.slice(start, end)}]${text.slice(end)}`;

describe("writing", () => {
  it.each([
    ["a [b] c", "a **[b]** c"],
    ["a **[b]** c", "a [b] c"],
    ["a [**b**] c", "a [b] c"],
    ["a [] c", "a **[]** c"],
  ])("makes %s bold: %s", (before, after) => {
    expect(show(wrap(read(before), "**"))).toBe(after);
  });

  it("quotes lines", () => {
    expect(prefix(read("a\n[b\nc]"), "> ").text).toBe("a\n> b\n> c");
    expect(prefix(read("[> b\n> c]"), "> ").text).toBe("b\nc");
  });

  it.each([
    ["hi @ad", { kind: "@", query: "ad", from: 3 }],
    ["@", { kind: "@", query: "", from: 0 }],
    ["see #gen", { kind: "#", query: "gen", from: 4 }],
    [":jo", { kind: ":", query: "jo", from: 0 }],
    ["/he", { kind: "/", query: "he", from: 0 }],
    ["mail@ad", null],
    ["at 12:30", null],
    ["plain", null],
    ["a /b", null],
  ])("finds what %j names", (text, expected) => {
    expect(tokenAt(text, text.length)).toEqual(expected);
  });

  it("sends what names stand for, but not inside of code", () => {
    const picked = { "@ada": "<@1>", "@ada lovelace": "<@2>", "#general": "<#3>" };
    const emoji = (name: string) => (name === "cat" ? "<:cat:9>" : undefined);
    expect(encode("@ada lovelace, @ada and @adam in #general `@ada` :cat: :dog: <:cat:9>", picked, emoji)).toBe(
      "<@2>, <@1> and @adam in <#3> `@ada` <:cat:9> :dog: <:cat:9>",
    );
  });

  it("turns old signs into emoji where they stand alone", () => {
    expect(emoticons("hi :) http://x <3")).toBe("hi 🙂 http://x ❤️");
  });
});
