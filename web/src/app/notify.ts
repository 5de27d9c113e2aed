/** Notices of what happens elsewhere: a sound, and the browser's own notices where they were allowed. */
import { channelName, channels, isSilent, nearest } from "~/channel/store";
import { guilds } from "~/guild/store";
import { displayName, memberOf } from "~/member/store";
import { preferences } from "~/preference/store";
import { isBlocked } from "~/relationship/store";
import { calls, deservesNotice, type Listener } from "~/read/mention";
import { account, isMuted, myId, notifications } from "~/user/store";
import type { Id, Message } from "~/wire";
import { channelPath, navigate, openChannel } from "./router";

const listener = (guild: Id | undefined): Listener => ({
  me: myId(),
  roles: memberOf(guild, myId())?.roles ?? [],
  settings: notifications[guild ?? "@me"],
});

/** Whether a message calls oneself. */
export const callsMe = (message: Message): boolean => calls(message, listener(message.guild_id));

/** What one wants to hear of in a channel: 3 stands for what is chosen further out. */
function levelIn(guild: Id, channel: Id): number {
  const settings = notifications[guild];
  const own = nearest(channel, (id) => {
    const level = settings?.channel_overrides.find((one) => one.channel_id === id)?.message_notifications ?? 3;
    return level === 3 ? undefined : level;
  });
  const level = own ?? settings?.message_notifications ?? 3;
  return level !== 3 ? level : (guilds[guild]?.default_message_notifications ?? 1);
}

/** Whether somebody wants to hear of a message. */
function wanted(message: Message): boolean {
  const { guild_id: guild, channel_id: id } = message;
  const channel = channels[id];
  return deservesNotice(message, {
    ...listener(guild),
    blocked: isBlocked(message.author.id),
    away: account.settings?.status === "dnd",
    muted: channel ? isSilent(channel) : isMuted(guild, id),
    level: guild ? levelIn(guild, id) : 0,
  });
}

export function noticed(message: Message): void {
  const here = openChannel() === message.channel_id && document.visibilityState === "visible" && document.hasFocus();
  if (here || !wanted(message)) return;
  if (preferences.sound) chime();
  if (document.visibilityState === "hidden" && "Notification" in window && Notification.permission === "granted")
    show(message);
}

function show(message: Message): void {
  const channel = channels[message.channel_id];
  const where = channel?.guild_id ? ` (#${channelName(channel)})` : "";
  const notice = new Notification(displayName(message.guild_id, message.author) + where, {
    body: message.content.slice(0, 180) || "sent something",
    tag: message.channel_id,
  });
  notice.onclick = () => {
    window.focus();
    navigate(channelPath(message.guild_id, message.channel_id));
  };
}

let audio: AudioContext | undefined;

/** Two soft tones; made here, so that nothing is loaded. */
function chime(): void {
  try {
    audio ??= new AudioContext();
    const start = audio.currentTime;
    for (const [index, frequency] of [660, 880].entries()) {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0, start + index * 0.09);
      gain.gain.linearRampToValueAtTime(0.06, start + index * 0.09 + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + index * 0.09 + 0.28);
      tone.connect(gain).connect(audio.destination);
      tone.start(start + index * 0.09);
      tone.stop(start + index * 0.09 + 0.3);
    }
  } catch {
    // No sound before the page was touched.
  }
}
