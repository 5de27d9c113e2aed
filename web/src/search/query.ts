/** From what somebody types to what is searched: `from:ada in:general has:image before:2026-01-01 words`. */
import type { Id } from "~/wire";

export interface Names {
  user: (name: string) => Id | undefined;
  channel: (name: string) => Id | undefined;
}

export interface Query {
  content?: string;
  author_id?: Id;
  mentions?: Id;
  channel_id?: Id;
  has?: string;
  pinned?: boolean;
  min_id?: Id;
  max_id?: Id;
  /** What could not be understood. */
  unknown: string[];
}

const EPOCH = 1420070400000n;
const DAY = 86_400_000;

/** The first id of a moment. */
export const idAt = (time: number): Id => ((BigInt(Math.max(0, Math.floor(time))) - EPOCH) << 22n).toString();

const HAS = ["link", "embed", "file", "image", "video", "sound", "sticker", "poll", "snapshot"];

export function parseQuery(text: string, names: Names): Query {
  const query: Query = { unknown: [] };
  const words: string[] = [];
  for (const match of text.matchAll(/(\w+):("[^"]*"|\S+)|"[^"]*"|\S+/g)) {
    const [whole, key, raw] = match;
    const value = raw?.replace(/^"|"$/g, "") ?? "";
    const strange = () => query.unknown.push(whole);
    switch (key) {
      case "from":
      case "mentions": {
        const id = names.user(value.replace(/^@/, ""));
        if (!id) strange();
        else if (key === "from") query.author_id = id;
        else query.mentions = id;
        break;
      }
      case "in": {
        const id = names.channel(value.replace(/^#/, ""));
        if (id) query.channel_id = id;
        else strange();
        break;
      }
      case "has":
        if (HAS.includes(value)) query.has = value;
        else strange();
        break;
      case "pinned":
        query.pinned = value !== "false" && value !== "no";
        break;
      case "before":
      case "after":
      case "during": {
        const time = Date.parse(`${value}T00:00:00`);
        if (Number.isNaN(time) || time < Number(EPOCH)) strange();
        else {
          if (key === "before") query.max_id = idAt(time);
          if (key === "after") query.min_id = idAt(time + DAY);
          if (key === "during") {
            query.min_id = idAt(time);
            query.max_id = idAt(time + DAY);
          }
        }
        break;
      }
      default:
        words.push(whole);
    }
  }
  if (words.length > 0) query.content = words.join(" ");
  return query;
}
