/** Names of emoji in what is sent: those of the guild first, then of other guilds, then the standard ones. */
import { can } from "~/channel/store";
import { type EmojiSet, emojiSet } from "~/emoji/data";
import { Permission } from "~/guild/permissions";
import { guildList } from "~/guild/store";
import type { Channel } from "~/wire";
import { emoticons, encode, namesEmoji, type Picked } from "./format";

/** What a name between colons stands for in a channel. */
export function shortcodes(channel: Channel, standard: EmojiSet | undefined): (name: string) => string | undefined {
  const abroad = !channel.guild_id || can(channel, Permission.UseExternalEmojis);
  const guilds = guildList().filter((guild) => guild.id === channel.guild_id || abroad);
  const own = new Map(
    guilds
      .sort((a, b) => Number(a.id === channel.guild_id) - Number(b.id === channel.guild_id))
      .flatMap((guild) => guild.emojis.filter((one) => one.available !== false))
      .map((one) => [one.name, `<${one.animated ? "a" : ""}:${one.name}:${one.id}>`] as const),
  );
  return (name) => own.get(name) ?? standard?.byName.get(name.toLowerCase())?.unicode;
}

/** A text as the server wants it. */
export function outgoing(text: string, picked: Picked, channel: Channel, standard: EmojiSet | undefined): string {
  return emoticons(encode(text, picked, shortcodes(channel, standard))).trim();
}

let waiting: Promise<unknown> | undefined;

/**
 * Gives a text as the server wants it to `then`: at once, or as soon as the names that it needs are here. What is sent
 * meanwhile waits behind it, so that nothing overtakes.
 */
export function whenKnown(
  text: string,
  picked: Picked,
  channel: Channel,
  known: EmojiSet | undefined,
  then: (content: string) => unknown,
): void {
  const finish = (standard: EmojiSet | undefined) => then(outgoing(text, picked, channel, standard));
  if (waiting === undefined && (known || !namesEmoji(text))) {
    finish(known);
    return;
  }
  // Without the names it is sent as it was written.
  const names = emojiSet().catch(() => undefined);
  const mine = (waiting ?? Promise.resolve()).then(() => names).then(finish);
  const done = () => {
    if (waiting === mine) waiting = undefined;
  };
  waiting = mine;
  mine.then(done, done);
}
