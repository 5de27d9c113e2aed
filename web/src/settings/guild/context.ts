/** The guild whose settings are open or in which one is, and what one may do in it. */
import { place } from "~/app/router";
import { canIn, channels } from "~/channel/store";
import { type KnownGuild, guilds } from "~/guild/store";
import { myId } from "~/user/store";
import { type Channel, ChannelKind, type Id } from "~/wire";

export function guildId(): Id {
  const now = place();
  return now.kind === "guild-settings" || now.kind === "guild" ? now.guild : "";
}

export const guild = (): KnownGuild | undefined => guilds[guildId()];
export const may = (permission: bigint): boolean => canIn(guildId(), permission);
export const owns = (): boolean => guild()?.owner_id === myId();

/** Channels of the guild of some kinds, in their order. */
export function channelsOf(...kinds: number[]): Channel[] {
  return Object.values(channels)
    .filter((one) => one?.guild_id === guildId() && kinds.includes(one.type))
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.id.localeCompare(b.id));
}

export const textChannels = (): Channel[] => channelsOf(ChannelKind.Text, ChannelKind.Announcement);
export const voiceChannels = (): Channel[] => channelsOf(ChannelKind.Voice);

export const asOptions = (list: Channel[], none: string): { value: string; label: string }[] => [
  { value: "", label: none },
  ...list.map((one) => ({ value: one.id, label: `${one.type === ChannelKind.Voice ? "" : "#"}${one.name ?? ""}` })),
];
