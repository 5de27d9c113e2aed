import { describe, expect, it } from "vitest";
import { isJumbo, type Node, parse, plainText } from "./parse";

/** A tree in one line: `strong(a em(b))`. */
function show(nodes: Node[]): string {
  return nodes
    .map((node): string => {
      switch (node.kind) {
        case "text":
          return node.text;
        case "break":
          return "⏎";
        case "code":
          return `code(${node.text})`;
        case "block":
          return `block[${node.language}](${node.text})`;
        case "heading":
          return `h${node.level}(${show(node.nodes)})`;
        case "list":
          return `list[${node.start ?? "-"}](${node.items.map(show).join("; ")})`;
        case "link":
          return `link[${node.href}](${show(node.nodes)})`;
        case "user":
        case "role":
        case "channel":
          return `${node.kind}(${node.id})`;
        case "command":
          return `command(${node.name})`;
        case "emoji":
          return `emoji(${node.name}${node.animated ? "!" : ""})`;
        case "unicode":
        case "everyone":
          return `${node.kind}(${node.text})`;
        case "time":
          return `time(${node.seconds} ${node.style})`;
        default:
          return `${node.kind}(${show(node.nodes)})`;
      }
    })
    .join("");
}

describe("markdown", () => {
  it.each([
    ["plain words", "plain words"],
    ["**bold** and *slanted* and _slanted_", "strong(bold) and em(slanted) and em(slanted)"],
    ["***both***", "strong(em(both))"],
    ["__under__ ~~gone~~ ||hidden||", "u(under) s(gone) spoiler(hidden)"],
    ["**bold *in* it**", "strong(bold em(in) it)"],
    ["snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"],
    ["\\*not\\* \\_this\\_", "*not* _this_"],
    ["`code **raw**` ``a ` b``", "code(code **raw**) code(a ` b)"],
    ["```js\nlet a = 1;\n```", "block[js](let a = 1;)"],
    ["before\n```\nx\n```\nafter", "beforeblock[](x)after"],
    ["```not closed", "```not closed"],
    ["||```\ncode\n```||", "spoiler(block[](code))"],
    ["see ||```js\na || b\n``` and|| that", "see spoiler(block[js](a || b) and) that"],
    ["||a ``` b||", "spoiler(a ``` b)"],
    ["> ```js\n> a\n> ```\nb", "quote(block[js](a))b"],
    [">>> one\n```\ntwo\n```\nthree", "quote(oneblock[](two)three)"],
    ["```\n> not quoted\n# nor this\n```\n> but this", "block[](> not quoted⏎# nor this)quote(but this)".replace("⏎", "\n")],
    ["- item ```\nx\n```\nend", "list[-](item)block[](x)end"],
    ["ok\n>:(", "ok⏎>:("],
    ["ok\n> yes\n>no", "okquote(yes)>no"],
    ["# One\n## Two\n-# small", "h1(One)h2(Two)subtext(small)"],
    ["#not a heading", "#not a heading"],
    ["> quoted\n> more\nnot", "quote(quoted⏎more)not"],
    [">>> all\nof it", "quote(all⏎of it)"],
    [">not quoted", ">not quoted"],
    ["- a\n- b\n  - c\n1. d\n2. e", "list[-](a; blist[-](c))list[1](d; e)"],
    ["see https://example.org/a_b_c.", "see link[https://example.org/a_b_c](https://example.org/a_b_c)."],
    ["(https://e.org/a_(b))", "(link[https://e.org/a_(b)](https://e.org/a_(b)))"],
    ["<https://e.org> [text](https://e.org)", "link[https://e.org](https://e.org) link[https://e.org](text)"],
    ["[https://good.com/a](https://evil.com)", "[https://good.com/a](https://evil.com)"],
    ["[go to www.good.com](https://evil.com)", "[go to www.good.com](https://evil.com)"],
    ["[https://good.com](https://www.good.com/b)", "link[https://www.good.com/b](https://good.com)"],
    ["[README.md](https://e.org)", "link[https://e.org](README.md)"],
    ["[bad](javascript:alert(1))", "[bad](javascript:alert(1))"],
    ["<@1> <@!2> <@&3> <#4> </say hi:5>", "user(1) user(2) role(3) channel(4) command(say hi)"],
    ["@everyone @here @everyones", "everyone(@everyone) everyone(@here) @everyones"],
    ["<:cat:12> <a:cat:12>", "emoji(cat) emoji(cat!)"],
    ["<t:1700000000:R> <t:1700000000>", "time(1700000000 R) time(1700000000 f)"],
    ["hi 👍🏽 👨‍👩‍👧 🇩🇪 ❤️ 1️⃣ ©", "hi unicode(👍🏽) unicode(👨‍👩‍👧) unicode(🇩🇪) unicode(❤️) unicode(1️⃣) ©"],
    ["a\nb", "a⏎b"],
    ["** **", "strong( )"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ])("%j", (text, expected) => {
    expect(show(parse(text))).toBe(expected);
  });

  it("stands whatever people send", () => {
    for (const text of [
      "*".repeat(4000),
      "> ".repeat(2000),
      "[".repeat(4000),
      "||**__".repeat(600),
      "`".repeat(4000),
      "- ".repeat(2000),
      "```".repeat(1300),
      "_a*".repeat(1300),
      `||${"```".repeat(1300)}`,
      "> ```\n".repeat(800),
      "||```a```".repeat(440),
      "||a".repeat(1300),
    ]) {
      const began = performance.now();
      expect(parse(text).length).toBeGreaterThan(0);
      expect(performance.now() - began).toBeLessThan(400);
    }
  });

  it("shows emoji alone large", () => {
    expect(isJumbo(parse("🎉 <:cat:12>"))).toBe(true);
    expect(isJumbo(parse("🎉 yes"))).toBe(false);
    expect(isJumbo(parse(""))).toBe(false);
  });

  it("says the words alone", () => {
    expect(plainText(parse("**hi** <:cat:12> ||secret||"))).toBe("hi :cat: ▒▒▒");
  });
});
