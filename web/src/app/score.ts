/** How well a name answers to what was typed: 0 for not at all. */
export function score(typed: string, name: string): number {
  const text = name.toLowerCase();
  if (text === typed) return 100;
  if (text.startsWith(typed)) return 90;
  const word = text.split(/[\s\-_.]+/).findIndex((part) => part.startsWith(typed));
  if (word >= 0) return 80 - Math.min(word, 9);
  if (text.includes(typed)) return 60;
  // The letters in their order, with others in between: the fewer, the better.
  let at = -1;
  let gaps = 0;
  for (const letter of typed) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    gaps += next - at - 1;
    at = next;
  }
  return Math.max(1, 40 - gaps);
}
