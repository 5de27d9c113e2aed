/** Where oneself is in voice: who is there, and that one is muted or deaf. Sound itself is not carried by this client. */
import { createSignal } from "solid-js";
import { channels } from "~/channel/store";
import { sendFrame } from "~/net/socket";
import { voices } from "~/presence/store";
import { myId } from "~/user/store";
import { type Channel, type Id, Op, type VoiceState } from "~/wire";

/** The sessions that this page has had: the same person may be in voice somewhere else. */
const [sessions, setSessions] = createSignal<readonly string[]>([]);
export const noteSession = (id: string): void => void setSessions((all) => [id, ...all.filter((one) => one !== id)].slice(0, 8));
const ours = (state: VoiceState): boolean => sessions().includes(state.session_id);

/** Where this page took a seat: taken again when the connection was lost for good. */
const [wanted, setWanted] = createSignal<{ guild: Id; channel: Id } | null>(null);
const [muted, setMuted] = createSignal(false);
const [deaf, setDeaf] = createSignal(false);
export { deaf, muted };

const tell = (guild: Id, channel: Id | null): boolean =>
  sendFrame(Op.VoiceStateUpdate, { guild_id: guild, channel_id: channel, self_mute: muted() || deaf(), self_deaf: deaf() });

/** One's own state in a guild, wherever one came in from. */
export const stateIn = (guild: Id | null | undefined): VoiceState | undefined =>
  guild ? voices[guild]?.[myId()] : undefined;

/** Where one is through this page. */
export function seat(): { state: VoiceState; channel: Channel } | undefined {
  const place = wanted();
  const state = stateIn(place?.guild);
  const channel = channels[state?.channel_id ?? ""];
  return state && channel && ours(state) ? { state, channel } : undefined;
}

/** Whether one is in that channel through this page. */
export const sitsIn = (channel: Id): boolean => seat()?.channel.id === channel;

export function join(channel: Channel): void {
  const guild = channel.guild_id;
  if (!guild) return;
  const before = wanted();
  if (before && before.guild !== guild) tell(before.guild, null);
  setWanted({ guild, channel: channel.id });
  tell(guild, channel.id);
}

export function leave(): void {
  const place = wanted();
  setWanted(null);
  if (place) tell(place.guild, null);
}

function change(): void {
  const now = seat();
  if (now?.channel.guild_id) tell(now.channel.guild_id, now.channel.id);
}

/** Whoever opens their mouth again hears again. */
export function toggleMuted(): void {
  const next = !(muted() || deaf());
  setMuted(next);
  if (!next) setDeaf(false);
  change();
}

export function toggleDeaf(): void {
  setDeaf(!deaf());
  change();
}

/** A new session has no seat: the one that was wanted is taken again, unless one sits there from elsewhere by now. */
export function sitAgain(guild: Id): void {
  const place = wanted();
  if (place?.guild !== guild) return;
  const state = stateIn(guild);
  if (state && !ours(state)) setWanted(null);
  else if (state?.session_id !== sessions()[0]) tell(guild, place.channel);
}

/** Somebody was moved or put out, which may be oneself. */
export function followed(state: VoiceState): void {
  const place = wanted();
  if (!place || state.user_id !== myId() || state.guild_id !== place.guild) return;
  if (state.channel_id === null || !ours(state)) setWanted(null);
  else if (state.channel_id !== place.channel) setWanted({ guild: place.guild, channel: state.channel_id });
}
