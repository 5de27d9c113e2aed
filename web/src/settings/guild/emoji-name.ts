/** A name for an emoji out of a file's: 2 to 32 letters, digits and underscores. */
export function emojiName(file: string): string {
  const plain = file
    .replace(/\.[^.]*$/, "")
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 32);
  return plain.length >= 2 ? plain : `${plain}_emoji`.replace(/^_/, "");
}
