/** What bots are usually allowed to do. */

const bits = (...all: number[]): string => all.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n).toString();

const TALK = [6, 10, 11, 14, 15, 16, 18, 35, 38];

export const BOT_PRESETS = [
  { value: bits(), label: "Nothing of its own" },
  { value: bits(...TALK), label: "Read and write" },
  { value: bits(...TALK, 13, 34, 36, 51), label: "Keep channels in order" },
  { value: bits(...TALK, 1, 2, 7, 13, 27, 34, 36, 40, 51), label: "Moderate" },
  { value: bits(3), label: "Everything (administrator)" },
] as const;
