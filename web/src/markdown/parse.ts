/** Markdown as chat writes it, to a tree. Nothing here knows of the page. */
import type { Id } from "~/wire";

export type Node =
  | { kind: "text"; text: string }
  | { kind: "strong" | "em" | "u" | "s" | "spoiler"; nodes: Node[] }
  | { kind: "code"; text: string }
  | { kind: "block"; language: string; text: string }
  | { kind: "heading"; level: 1 | 2 | 3; nodes: Node[] }
  | { kind: "subtext"; nodes: Node[] }
  | { kind: "quote"; nodes: Node[] }
  | { kind: "list"; start: number | null; items: Node[][] }
  | { kind: "link"; href: string; nodes: Node[] }
  | { kind: "user" | "role" | "channel"; id: Id }
  | { kind: "command"; name: string; id: Id }
  | { kind: "everyone"; text: string }
  | { kind: "emoji"; name: string; id: Id; animated: boolean }
  | { kind: "unicode"; text: string }
  | { kind: "time"; seconds: number; style: string }
  | { kind: "break" };

/** Deeper than anybody writes, shallower than any stack. */
const DEEPEST = 12;

export function parse(text: string): Node[] {
  return blocks(text, 0);
}

/** Code between fences, with the name of its language. */
const FENCED = /```(?:([\w+#.-]{1,20})\n)?\n?([\s\S]*?[^\n\s][\s\S]*?|[ \t]*\S[\s\S]*?)\n?```/;

const HEADING = /^(#{1,3}) +(.+)$/;
const SUBTEXT = /^-# +(.+)$/;
const QUOTE = /^> (.*)$|^>$/;
const QUOTE_ALL = ">>> ";
const ITEM = /^( {0,6})(?:[-*]|(\d{1,9})\.) +(.+)$/;

const isQuote = (row: string): boolean => row.startsWith(QUOTE_ALL) || QUOTE.test(row);
const begins = (row: string): boolean => HEADING.test(row) || SUBTEXT.test(row) || ITEM.test(row);

/** The rows of a text: lines, and as one row what a fence holds together. A quoted line is a row whatever is in it. */
function rowsOf(text: string): string[] {
  const fence = new RegExp(FENCED, "g");
  const rows: string[] = [];
  const endFrom = (at: number) => {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end;
  };
  const search = (at: number) => {
    fence.lastIndex = at;
    return fence.exec(text);
  };
  let next = search(0);
  let from = 0;
  while (from <= text.length) {
    let end = endFrom(from);
    if (next && next.index < from) next = search(from);
    if (next && next.index < end && !isQuote(text.slice(from, end))) {
      const head = text.slice(from, next.index).trimEnd();
      if (begins(head)) {
        // A heading or an item ends where its code begins.
        rows.push(head);
        from = next.index;
      }
      while (next && next.index < end) {
        const after: number = next.index + next[0].length;
        end = Math.max(end, endFrom(after));
        next = search(after);
      }
    }
    rows.push(text.slice(from, end));
    from = end + 1;
  }
  return rows;
}

function blocks(text: string, depth: number): Node[] {
  const nodes: Node[] = [];
  if (!text) return nodes;
  const all = rowsOf(text);
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) nodes.push(...inline(paragraph.join("\n"), depth));
    paragraph = [];
  };
  for (let index = 0; index < all.length; index += 1) {
    const line = all[index] ?? "";
    const heading = HEADING.exec(line);
    const subtext = SUBTEXT.exec(line);
    if (depth < DEEPEST && isQuote(line)) {
      flush();
      const quoted: string[] = [];
      if (line.startsWith(QUOTE_ALL)) {
        quoted.push(line.slice(QUOTE_ALL.length), ...all.slice(index + 1));
        index = all.length;
      } else {
        for (; index < all.length; index += 1) {
          const match = QUOTE.exec(all[index] ?? "");
          if (!match) break;
          quoted.push(match[1] ?? "");
        }
        index -= 1;
      }
      nodes.push({ kind: "quote", nodes: blocks(quoted.join("\n"), depth + 1) });
    } else if (heading) {
      flush();
      nodes.push({
        kind: "heading",
        level: (heading[1] ?? "#").length as 1 | 2 | 3,
        nodes: inline(heading[2] ?? "", depth + 1),
      });
    } else if (subtext) {
      flush();
      nodes.push({ kind: "subtext", nodes: inline(subtext[1] ?? "", depth + 1) });
    } else if (ITEM.test(line) && depth < DEEPEST) {
      flush();
      const from = index;
      while (index < all.length && ITEM.test(all[index] ?? "")) index += 1;
      nodes.push(...list(all.slice(from, index), depth));
      index -= 1;
    } else {
      paragraph.push(line);
    }
  }
  flush();
  return nodes;
}

function list(rows: string[], depth: number): Node[] {
  const lists: Extract<Node, { kind: "list" }>[] = [];
  let base = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const match = ITEM.exec(rows[index] ?? "");
    if (!match) continue;
    const indent = (match[1] ?? "").length;
    const open = lists.at(-1);
    if (open && indent > base && depth < DEEPEST) {
      // Deeper rows belong to the item above them.
      const from = index;
      while (index < rows.length && (ITEM.exec(rows[index] ?? "")?.[1] ?? "").length > base) index += 1;
      open.items.at(-1)?.push(...list(rows.slice(from, index), depth + 1));
      index -= 1;
      continue;
    }
    base = indent;
    const start = match[2] === undefined ? null : Number(match[2]);
    const item = inline(match[3] ?? "", depth + 1);
    if (open && (open.start === null) === (start === null)) open.items.push(item);
    else lists.push({ kind: "list", start, items: [item] });
  }
  return lists;
}

type Rule = [RegExp, (match: RegExpExecArray, depth: number) => Node | Node[] | null];

const wrap =
  (kind: "strong" | "em" | "u" | "s" | "spoiler") =>
  (match: RegExpExecArray, depth: number): Node => ({ kind, nodes: inline(match[1] ?? "", depth + 1) });

const safe = (href: string): string | null => (/^(https?:\/\/|mailto:)/i.test(href) ? href : null);

const hostOf = (address: string): string | null => {
  try {
    return new URL(address).host.replace(/^www\./, "");
  } catch {
    return null;
  }
};

/** Whether what is shown of a link is the address of another place than that it leads to. */
function misleads(label: string, href: string): boolean {
  const shown = /(https?:\/\/|\bwww\.)[^\s<>()[\]]+/i.exec(label);
  if (!shown) return false;
  return hostOf(shown[1]?.toLowerCase() === "www." ? `https://${shown[0]}` : shown[0]) !== hostOf(href);
}

const RULES: Rule[] = [
  [/\\([^A-Za-z0-9\s])/y, (match) => ({ kind: "text", text: match[1] ?? "" })],
  [
    new RegExp(`\\n?${FENCED.source}\\n?`, "y"),
    (match) => ({ kind: "block", language: match[1] ?? "", text: match[2] ?? "" }),
  ],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, (match) => ({ kind: "code", text: trimCode(match[2] ?? "") })],
  [/\n/y, () => ({ kind: "break" })],
  [/<@!?(\d{1,20})>/y, (match) => ({ kind: "user", id: match[1] ?? "" })],
  [/<@&(\d{1,20})>/y, (match) => ({ kind: "role", id: match[1] ?? "" })],
  [/<#(\d{1,20})>/y, (match) => ({ kind: "channel", id: match[1] ?? "" })],
  [/<\/([^:>\n]{1,100}):(\d{1,20})>/y, (match) => ({ kind: "command", name: match[1] ?? "", id: match[2] ?? "" })],
  [
    /<(a?):(\w{2,32}):(\d{1,20})>/y,
    (match) => ({ kind: "emoji", name: match[2] ?? "", id: match[3] ?? "", animated: match[1] === "a" }),
  ],
  [
    /<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y,
    (match) => ({ kind: "time", seconds: Number(match[1]), style: match[2] ?? "f" }),
  ],
  [/@(?:everyone|here)\b/y, (match) => ({ kind: "everyone", text: match[0] })],
  [/<((?:https?:\/\/|mailto:)[^\s<>]+)>/y, (match) => link(match[1] ?? "")],
  [
    /\[((?:\\.|[^[\]\\\n]|\[[^[\]\n]*\]){1,300})\]\(<?([^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?: +"[^"\n]*")?\)/y,
    (match, depth) => {
      const href = safe(match[2] ?? "");
      // As it was written: nobody is led elsewhere than they read.
      if (href && misleads(match[1] ?? "", href)) return { kind: "text", text: match[0] };
      return href ? { kind: "link", href, nodes: inline(match[1] ?? "", depth + 1, true) } : null;
    },
  ],
  // A mark at the end belongs to the sentence, and so does a bracket that the address did not open.
  [/https?:\/\/(?:\([^\s<>"()]*\)|[^\s<>"()])*(?:\([^\s<>"()]*\)|[^\s<>".,:;!?'\]()|*_~])/y, (match) => link(match[0])],
  [
    /\*\*\*(?=\S)([\s\S]*?\S)\*\*\*(?!\*)/y,
    (match, depth) => ({ kind: "strong", nodes: [wrap("em")(match, depth + 1)] }),
  ],
  [/\*\*([\s\S]+?)\*\*(?!\*)/y, wrap("strong")],
  [/__([\s\S]+?)__(?!_)/y, wrap("u")],
  [/~~([\s\S]+?)~~/y, wrap("s")],
  // Code in it is taken as a whole, whatever stands there.
  [/\|\|((?:(?=(```[\s\S]*?```))\2|(?!```)[\s\S])+?)\|\|/y, wrap("spoiler")],
  [/\|\|([\s\S]+?)\|\|/y, wrap("spoiler")],
  [/\*(?=\S)((?:\*\*|\\.|[^*\\])+?)(?<=\S)\*(?!\*)/y, wrap("em")],
  [/_((?:__|\\.|[^_\\])+?)_(?!\w)/y, wrap("em")],
  [
    /(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|\p{Emoji_Presentation}(?:\p{EMod})?(?:\uFE0F)?(?:\u200D\p{Extended_Pictographic}(?:\p{EMod}|\uFE0F)?)*|\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})(?:\u200D\p{Extended_Pictographic}(?:\p{EMod}|\uFE0F)?)*)/uy,
    (match) => ({ kind: "unicode", text: match[0] }),
  ],
];

/** Where something other than plain text may begin. */
const SPECIAL = /[\\`\n<@[h*_~|]|[\u00a9\u00ae\u203c-\uffff]|[0-9#](?=\uFE0F?\u20E3)/g;

const trimCode = (text: string): string => (/^ .* $/s.test(text) && text.trim() ? text.slice(1, -1) : text);
const link = (href: string): Node => ({ kind: "link", href, nodes: [{ kind: "text", text: href }] });

export function inline(text: string, depth = 0, inLink = false): Node[] {
  const nodes: Node[] = [];
  let plain = "";
  let at = 0;
  const put = (node: Node) => {
    if (plain) nodes.push({ kind: "text", text: plain });
    plain = "";
    nodes.push(node);
  };
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    plain += text.slice(at, next);
    at = next;
    if (at >= text.length) break;
    const found = depth > DEEPEST ? null : match(text, at, depth, inLink);
    if (!found) {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 32);
      plain += character;
      at += character.length;
      continue;
    }
    if (found.node.kind === "text") plain += found.node.text;
    else put(found.node);
    at = found.end;
  }
  if (plain) nodes.push({ kind: "text", text: plain });
  return nodes;
}

function match(text: string, at: number, depth: number, inLink: boolean): { node: Node; end: number } | null {
  // An underscore inside of a word is an underscore.
  const inWord = at > 0 && /\w/.test(text[at - 1] ?? "");
  for (const [pattern, make] of RULES) {
    if (inWord && (text[at] === "_" || text[at] === "h")) return null;
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) continue;
    const node = make(found, depth);
    if (!node || Array.isArray(node)) continue;
    if (inLink && (node.kind === "link" || node.kind === "block")) continue;
    return { node, end: at + found[0].length };
  }
  return null;
}

/** Whether a message is nothing but a few emoji: those are shown large. */
export function isJumbo(nodes: Node[]): boolean {
  let count = 0;
  for (const node of nodes) {
    if (node.kind === "emoji" || node.kind === "unicode") count += 1;
    else if (!((node.kind === "text" && !node.text.trim()) || node.kind === "break")) return false;
  }
  return count > 0 && count <= 27;
}

/** The words alone: for notices, previews and reading aloud. */
export function plainText(nodes: Node[]): string {
  return nodes
    .map((node) => {
      switch (node.kind) {
        case "text":
        case "code":
        case "block":
        case "unicode":
        case "everyone":
          return node.text;
        case "break":
          return " ";
        case "emoji":
          return `:${node.name}:`;
        case "spoiler":
          return "▒▒▒";
        case "list":
          return node.items.map((item) => plainText(item)).join(" · ");
        case "command":
          return `/${node.name}`;
        case "user":
        case "role":
        case "channel":
        case "time":
          return "";
        default:
          return plainText(node.nodes);
      }
    })
    .join("");
}
