/** Changes of a text around its selection: plain decisions. */

export interface Edited {
  text: string;
  start: number;
  end: number;
}

/** Puts a mark around the selection, or takes it away where it is already. */
export function wrap({ text, start, end }: Edited, mark: string): Edited {
  const before = text.slice(0, start);
  const inside = text.slice(start, end);
  const after = text.slice(end);
  const size = mark.length;
  if (before.endsWith(mark) && after.startsWith(mark)) {
    return { text: before.slice(0, -size) + inside + after.slice(size), start: start - size, end: end - size };
  }
  if (inside.length >= 2 * size && inside.startsWith(mark) && inside.endsWith(mark)) {
    return { text: before + inside.slice(size, -size) + after, start, end: end - 2 * size };
  }
  return { text: before + mark + inside + mark + after, start: start + size, end: end + size };
}

/** Puts a mark before every line of the selection. */
export function prefix({ text, start, end }: Edited, mark: string): Edited {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lines = text.slice(from, end).split("\n");
  const all = lines.every((line) => line.startsWith(mark));
  const next = lines.map((line) => (all ? line.slice(mark.length) : mark + line)).join("\n");
  return { text: text.slice(0, from) + next + text.slice(end), start: from, end: from + next.length };
}

export function replace({ text }: Edited, from: number, to: number, by: string): Edited {
  const at = from + by.length;
  return { text: text.slice(0, from) + by + text.slice(to), start: at, end: at };
}

export interface Token {
  kind: "@" | "#" | ":" | "/";
  query: string;
  from: number;
}

/** What is being named before the caret, if anything. */
export function tokenAt(text: string, caret: number): Token | null {
  const before = text.slice(0, caret);
  const command = /^\/([\w -]{0,40})$/.exec(before);
  if (command) return { kind: "/", query: command[1] ?? "", from: 0 };
  const match = /(?:^|[\s(>])([@#])([\p{L}\p{N}_.-]{0,32})$/u.exec(before);
  if (match) {
    const query = match[2] ?? "";
    return { kind: match[1] as "@" | "#", query, from: caret - query.length - 1 };
  }
  const emoji = /(?:^|[^\w:]):([\w+-]{2,32})$/.exec(before);
  if (emoji) return { kind: ":", query: emoji[1] ?? "", from: caret - (emoji[1] ?? "").length - 1 };
  return null;
}

/** A chosen name and what it stands for in the message: `@ada` and `<@1>`. */
export type Picked = Record<string, string>;

/** The text as the server wants it: names become what they stand for, but not inside of code. */
export function encode(text: string, picked: Picked, emoji: (name: string) => string | undefined): string {
  const names = Object.keys(picked).sort((a, b) => b.length - a.length);
  const one = (part: string): string => {
    let out = part;
    for (const name of names) {
      const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      out = out.replace(new RegExp(`${escaped}(?![\\p{L}\\p{N}_])`, "gu"), () => picked[name] ?? name);
    }
    return out.replace(/(<a?)?:([\w+-]{1,32}):(\d+>)?/g, (whole, open, name: string, close) =>
      open || close ? whole : (emoji(name) ?? whole),
    );
  };
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : one(part)))
    .join("");
}

/** Whether a text may name an emoji: then the names have to be known before it is sent. */
export const namesEmoji = (text: string): boolean => /:[\w+-]{1,32}:/.test(text);

const LITTLE: Record<string, string> = { ":)": "🙂", ":D": "😄", ":(": "🙁", ";)": "😉", ":P": "😛", "<3": "❤️", ":O": "😮", ":'(": "😢" };

/** Old signs become emoji when they stand alone. */
export const emoticons = (text: string): string =>
  text.replace(/(^|\s)(:'\(|:\)|:D|:\(|;\)|:P|<3|:O)(?=\s|$)/g, (_, space: string, sign: string) => space + (LITTLE[sign] ?? sign));
