/** How much one hears of a channel: what it is set to, and the entries of its menu. */
import Bell from "lucide-solid/icons/bell";
import BellOff from "lucide-solid/icons/bell-off";
import BellRing from "lucide-solid/icons/bell-ring";
import { clock } from "~/message/time";
import type { MenuEntry } from "~/ui/Menu";
import { attempt } from "~/ui/Toast";
import { changeNotifications, notifications } from "~/user/store";
import { type Channel, type ChannelOverride, ChannelKind, isThread } from "~/wire";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const MUTES: readonly { label: string; ms: number | null }[] = [
  { label: "For 15 minutes", ms: 15 * MINUTE },
  { label: "For an hour", ms: HOUR },
  { label: "For 3 hours", ms: 3 * HOUR },
  { label: "For 8 hours", ms: 8 * HOUR },
  { label: "For 24 hours", ms: 24 * HOUR },
  { label: "Until I undo it", ms: null },
];

/** What a channel is set to by itself; the guild's own settings are apart. */
export const overrideOf = (channel: Channel): ChannelOverride | undefined =>
  notifications[channel.guild_id ?? "@me"]?.channel_overrides.find((one) => one.channel_id === channel.id);

/** Until when a channel is muted: null for ever, undefined where it is not. */
export function mutedUntil(own: ChannelOverride | undefined, now: number): number | null | undefined {
  if (!own?.muted) return undefined;
  const end = own.mute_config?.end_time;
  if (!end) return null;
  return Date.parse(end) > now ? Date.parse(end) : undefined;
}

export const muteFor = (ms: number | null, now: number): Pick<ChannelOverride, "muted" | "mute_config"> => ({
  muted: true,
  mute_config: ms === null ? null : { end_time: new Date(now + ms).toISOString() },
});

const change = (channel: Channel, patch: Partial<ChannelOverride>): void =>
  void attempt(changeNotifications(channel.guild_id ?? "@me", { channel_overrides: { [channel.id]: patch } }));

function untilWhen(until: number, now: number): string {
  const day = new Date(until).toDateString() === new Date(now).toDateString() ? "" : "tomorrow, ";
  return `until ${day}${clock(until, false)}`;
}

export function noticesOf(channel: Channel): MenuEntry[] {
  const own = overrideOf(channel);
  const now = Date.now();
  const until = mutedUntil(own, now);
  const level = own?.message_notifications ?? 3;
  const above = isThread(channel) ? "As the channel says" : "As the guild says";
  const levels = [
    { value: 3, label: above },
    { value: 0, label: "All messages" },
    { value: 1, label: "Only mentions" },
    { value: 2, label: "Nothing" },
  ];
  return [
    until === undefined
      ? {
          label: "Mute",
          icon: BellOff,
          entries: () => MUTES.map(({ label, ms }) => ({ label, act: () => change(channel, muteFor(ms, Date.now())) })),
        }
      : {
          label: "Unmute",
          icon: Bell,
          ...(until === null ? {} : { about: untilWhen(until, now) }),
          act: () => change(channel, { muted: false, mute_config: null }),
        },
    Boolean(channel.guild_id) &&
      channel.type !== ChannelKind.Category && {
        label: "Notify me of",
        icon: BellRing,
        entries: () =>
          levels.map(({ value, label }) => ({
            label,
            checked: value === level,
            act: () => change(channel, { message_notifications: value }),
          })),
      },
  ];
}
