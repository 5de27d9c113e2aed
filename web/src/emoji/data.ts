/** Standard emoji with their names: loaded when first wanted, it is a large list. */
import type { Id, PartialEmoji } from "~/wire";

export interface Standard {
  unicode: string;
  label: string;
  names: string[];
  tags: string[];
  group: number;
}

export interface EmojiSet {
  all: Standard[];
  groups: { key: number; label: string; icon: string; emojis: Standard[] }[];
  byName: Map<string, Standard>;
}

const GROUPS: [number, string, string][] = [
  [0, "Smileys", "😀"],
  [1, "People", "👋"],
  [3, "Animals and nature", "🐻"],
  [4, "Food and drink", "🍜"],
  [5, "Travel and places", "✈️"],
  [6, "Activities", "⚽"],
  [7, "Objects", "💡"],
  [8, "Symbols", "❤️"],
  [9, "Flags", "🏁"],
];

let loading: Promise<EmojiSet> | undefined;

export function emojiSet(): Promise<EmojiSet> {
  // Who asks again after a cut asks the server again.
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<EmojiSet> {
  const [data, names] = await Promise.all([
    import("emojibase-data/en/compact.json").then((module) => module.default),
    import("emojibase-data/en/shortcodes/github.json").then((module) => module.default as Record<string, string | string[]>),
  ]);
  const all: Standard[] = [];
  const sorted = [...data].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  for (const one of sorted) {
    if (one.group === undefined || one.group === 2) continue;
    const known = names[one.hexcode];
    const own = known === undefined ? [one.label.toLowerCase().replace(/[^a-z0-9]+/g, "_")] : [known].flat();
    all.push({ unicode: one.unicode, label: one.label, names: own, tags: one.tags ?? [], group: one.group });
  }
  const groups = GROUPS.map(([key, label, icon]) => ({
    key,
    label,
    icon,
    emojis: all.filter((one) => one.group === key),
  }));
  const byName = new Map(all.flatMap((one) => one.names.map((name) => [name, one] as const)));
  return { all, groups, byName };
}

export interface Found {
  text: string;
  label: string;
  emoji: PartialEmoji;
}

export const ofStandard = (one: Standard): Found => ({
  text: one.unicode,
  label: one.names[0] ?? one.label,
  emoji: { name: one.unicode, id: null },
});

export const ofCustom = (one: { id: Id; name: string; animated: boolean }): Found => ({
  text: `<${one.animated ? "a" : ""}:${one.name}:${one.id}>`,
  label: one.name,
  emoji: { id: one.id, name: one.name, animated: one.animated },
});

/** Best matches first: names that begin with it, then names that have it, then tags. */
export function searchStandard(set: EmojiSet, query: string, limit: number): Standard[] {
  const wanted = query.toLowerCase().replace(/\s+/g, "_");
  const ranked: [number, Standard][] = [];
  for (const one of set.all) {
    const best = Math.min(
      ...one.names.map((name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 9)),
      one.label.toLowerCase().includes(query.toLowerCase()) ? 3 : 9,
      one.tags.some((tag) => tag.startsWith(query.toLowerCase())) ? 4 : 9,
    );
    if (best < 9) ranked.push([best, one]);
  }
  return ranked
    .sort((a, b) => a[0] - b[0])
    .slice(0, limit)
    .map(([, one]) => one);
}
