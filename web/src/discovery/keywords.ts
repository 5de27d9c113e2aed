/** What a guild is found by, beside its name: tags for people, keywords for Discord. */
export const MOST = 10;
export const LONGEST = 30;

interface Added {
  keywords: string[];
  /** What kept the next one out; none where all came in. */
  error?: string;
  /** What is left of what was typed. */
  rest: string;
}

/** Upper or lower, with accents or without: the server sees one keyword. */
const key = (word: string): string => word.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

/** Puts what was typed behind the others; commas and new lines part several. */
export function addKeywords(known: readonly string[], typed: string): Added {
  const words = typed.split(/[,\n]/).map((word) => word.trim()).filter(Boolean);
  const keywords = [...known];
  for (const [at, word] of words.entries()) {
    const rest = words.slice(at).join(", ");
    if ([...word].length > LONGEST) return { keywords, error: `A tag has up to ${LONGEST} characters.`, rest };
    if (keywords.some((other) => key(other) === key(word))) return { keywords, error: `“${word}” is there already.`, rest };
    if (keywords.length >= MOST) return { keywords, error: `Up to ${MOST} tags.`, rest };
    keywords.push(word);
  }
  return { keywords, rest: "" };
}
