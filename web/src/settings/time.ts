/** A moment so many seconds from now, as the server reads it: with an offset, not with the letter that stands for none. */
export const isoIn = (seconds: number, now = Date.now()): string =>
  new Date(now + seconds * 1000).toISOString().replace("Z", "+00:00");
