/** Notices of what happens elsewhere: a sound, and the browser's own notices where they were allowed. */
import { channelName, channels } from "~/channel/store";
import { guilds } from "~/guild/store";
import { displayName, memberOf } from "~/member/store";
import { preferences } from "~/preference/store";
import { isBlocked } from "~/relationship/store";
import { account, isMuted, myId, notifications } from "~/user/store";
import type { Message } from "~/wire";
import { channelPath, navigate, openChannel } from "./router";

/** Whether somebody wants to hear of a message. */
export function wanted(message: Message): boolean {
  if (isBlocked(message.author.id) || isMuted(message.guild_id, message.channel_id)) return false;
  if (account.settings?.status === "dnd") return false;
  if (!message.guild_id) return true;
  const settings = notifications[message.guild_id];
  const own =
    settings?.channel_overrides.find((one) => one.channel_id === message.channel_id)?.message_notifications ?? 3;
  const level = own !== 3 ? own : (settings?.message_notifications ?? 3);
  const chosen = level !== 3 ? level : (guilds[message.guild_id]?.default_message_notifications ?? 1);
  if (chosen === 0) return true;
  if (chosen === 2) return false;
  if (message.mentions.some((one) => one.id === myId())) return true;
  if (message.mention_everyone && !settings?.suppress_everyone) return true;
  const roles = memberOf(message.guild_id, myId())?.roles ?? [];
  return !settings?.suppress_roles && message.mention_roles.some((id) => roles.includes(id));
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
