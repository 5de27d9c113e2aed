/** A moment so many seconds from now. */
export const isoIn = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
