/** Who has still to be asked, who is greeted, and which channels somebody picked. */
import { createSignal } from "solid-js";
import { channels } from "~/channel/store";
import { memberOf } from "~/member/store";
import { api } from "~/net/rest";
import { changeNotifications, myId, notifications } from "~/user/store";
import { type Channel, type Id, isThread, MemberFlag, OPTED_IN, PICKS_CHANNELS } from "~/wire";

/** The guild that greets, if one does. */
const [greeting, setGreeting] = createSignal<Id | null>(null);
export { greeting };
export const greet = (guild: Id): void => void setGreeting(guild);
export const greeted = (): void => void setGreeting(null);

const flagsIn = (guild: Id): number => memberOf(guild, myId())?.flags ?? 0;

/** Guilds that ask no longer, although one was to be asked. */
const [silent, setSilent] = createSignal<ReadonlySet<Id>>(new Set());
export const asksNothing = (guild: Id): void => void setSilent((all) => new Set(all).add(guild));

/** Whether a guild asked its newcomers when one joined. */
export const wasAsked = (guild: Id): boolean => (flagsIn(guild) & MemberFlag.StartedOnboarding) !== 0;

/** Whether one has joined a guild but not answered its questions. */
export const mustAnswer = (guild: Id): boolean =>
  wasAsked(guild) && (flagsIn(guild) & MemberFlag.CompletedOnboarding) === 0 && !silent().has(guild);

export const answer = (guild: Id, answers: Iterable<Id>): Promise<void> =>
  api.post(`/guilds/${guild}/onboarding-responses`, { onboarding_responses: [...answers] });

/** Whether somebody lists only channels that they picked. */
export const picksChannels = (guild: Id): boolean => ((notifications[guild]?.flags ?? 0) & PICKS_CHANNELS) !== 0;

export const pickedChannels = (guild: Id): Id[] =>
  (notifications[guild]?.channel_overrides ?? [])
    .filter((one) => ((one.flags ?? 0) & OPTED_IN) !== 0)
    .map((one) => one.channel_id);

/** Whether a channel stands in one's list; a category that was picked brings its channels. */
export function listed(channel: Channel): boolean {
  const guild = channel.guild_id;
  if (!guild || isThread(channel) || !picksChannels(guild)) return true;
  const picked = pickedChannels(guild);
  return picked.includes(channel.id) || Boolean(channel.parent_id && picked.includes(channel.parent_id));
}

const override = (channel: Id) => {
  const guild = channels[channel]?.guild_id ?? "";
  return notifications[guild]?.channel_overrides.find((one) => one.channel_id === channel);
};

export const pickChannel = (guild: Id, channel: Id, on: boolean): Promise<void> =>
  changeNotifications(guild, {
    channel_overrides: { [channel]: { flags: on ? (override(channel)?.flags ?? 0) | OPTED_IN : 0 } },
  });

/** All channels, or only picked ones: those that are listed now stay picked. */
export const pickOnly = (guild: Id, on: boolean): Promise<void> =>
  changeNotifications(guild, { flags: on ? PICKS_CHANNELS : 0 });
