/** Addresses of files are good for a day; those of a page that stood open for longer are asked for again. */
import { createStore } from "solid-js/store";
import { api } from "~/net/rest";

/** By the address without its signature. */
const [renewed, set] = createStore<Record<string, string>>({});
const bare = (url: string): string => url.split("?")[0] ?? url;

/** The address as it is now. */
export const current = (url: string): string => renewed[bare(url)] ?? url;

/** Whether a signed address is over. */
export function isOver(url: string, now: number): boolean {
  const end = /[?&]ex=([0-9a-f]+)/.exec(url)?.[1];
  return end !== undefined && Number.parseInt(end, 16) * 1000 < now;
}

const MOST = 50;
const wanted = new Set<string>();

/** Asks for another address, when this one is over; many at once together. */
export function renew(url: string): void {
  if (!isOver(current(url), Date.now()) || wanted.has(url)) return;
  wanted.add(url);
  if (wanted.size === 1) setTimeout(ask, 50);
}

interface Answer {
  refreshed_urls: { original: string; refreshed: string }[];
}

async function ask(): Promise<void> {
  const all = [...wanted];
  for (let from = 0; from < all.length; from += MOST) {
    const body = { attachment_urls: all.slice(from, from + MOST) };
    try {
      const answer = await api.post<Answer>("/attachments/refresh-urls", body, { repeatable: true });
      for (const one of answer.refreshed_urls) set(bare(one.original), one.refreshed);
    } catch {
      // They stay as they are: the next look at them asks again.
    }
  }
  for (const url of all) wanted.delete(url);
}
