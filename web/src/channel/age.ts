/** Which guilds' age-restricted channels one said to be old enough for: told to nobody, kept on this device. */
import { createSignal } from "solid-js";
import { type Channel, type Id, isThread } from "~/wire";
import { channels } from "./store";

const KEY = "guildhall.adult";
const [agreed, setAgreed] = createSignal<readonly Id[]>(load());

function load(): Id[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

/** Threads are for those for whom their channel is. */
const restricted = (channel: Channel): boolean =>
  (isThread(channel) && channel.parent_id ? channels[channel.parent_id]?.nsfw : channel.nsfw) ?? false;

export const mustAsk = (channel: Channel): boolean =>
  restricted(channel) && !agreed().includes(channel.guild_id ?? "");

export function agree(guild: Id): void {
  setAgreed((all) => [...all.filter((one) => one !== guild), guild]);
  localStorage.setItem(KEY, JSON.stringify(agreed()));
}
