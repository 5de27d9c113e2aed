/** Sounds of guilds and of everybody, and those that are heard right now. */
import { createSignal } from "solid-js";
import { createStore, produce, reconcile } from "solid-js/store";
import { api } from "~/net/rest";
import { preferences } from "~/preference/store";
import type { Channel, Id, Sound, VoiceEffect } from "~/wire";
import { deaf, sitsIn } from "~/voice/store";

const [sounds, set] = createStore<Record<Id, Record<Id, Sound>>>({});

export const soundsOf = (guild: Id): Sound[] => Object.values(sounds[guild] ?? {}).filter((one) => one.available);

export const resetSounds = (guild: Id, all: readonly Sound[]): void =>
  set(guild, reconcile(Object.fromEntries(all.map((one) => [one.sound_id, { ...one, guild_id: guild }]))));

export function putSound(sound: Sound): void {
  if (!sound.guild_id) return;
  if (!sounds[sound.guild_id]) set(sound.guild_id, {});
  set(sound.guild_id, sound.sound_id, reconcile(sound));
}

export function dropSound({ guild_id, sound_id }: { guild_id: Id; sound_id: Id }): void {
  if (sounds[guild_id]) set(guild_id, produce((draft) => void delete draft[sound_id]));
}

let common: Promise<Sound[]> | undefined;
/** Those that every guild has. */
export function commonSounds(): Promise<Sound[]> {
  common ??= api.get<Sound[]>("/soundboard-default-sounds").catch((error: unknown) => {
    common = undefined;
    throw error;
  });
  return common;
}

export const soundAddress = (id: Id | number): string => `/cdn/soundboard-sounds/${id}`;

export interface Playing extends VoiceEffect {
  key: number;
}

/** So many are heard at once; more would be noise. */
const AT_ONCE = 6;
/** How long is seen who played something. */
const SEEN_MS = 4000;

const [playing, setPlaying] = createSignal<readonly Playing[]>([]);
const [seen, setSeen] = createSignal<readonly Playing[]>([]);
export { playing };
let count = 0;

/** Somebody played a sound: heard by whoever is there and not deaf. */
export function played(effect: VoiceEffect): void {
  count += 1;
  const one = { ...effect, key: count };
  setSeen((all) => [...all.filter((other) => other.user_id !== effect.user_id || other.channel_id !== effect.channel_id), one]);
  setTimeout(() => setSeen((all) => all.filter((other) => other !== one)), SEEN_MS);
  if (effect.sound_id === undefined || effect.sound_id === null) return;
  if (!sitsIn(effect.channel_id) || deaf() || !preferences.sound) return;
  setPlaying((all) => [...all, one].slice(-AT_ONCE));
}

export const ended = (one: Playing): void => void setPlaying((all) => all.filter((other) => other.key !== one.key));

/** What somebody in voice played just now. */
export const playedBy = (channel: Id, user: Id): Playing | undefined =>
  seen().find((one) => one.channel_id === channel && one.user_id === user);

export const send = (channel: Channel, sound: Sound): Promise<void> =>
  api.post(`/channels/${channel.id}/send-soundboard-sound`, {
    sound_id: sound.sound_id,
    ...(sound.guild_id && sound.guild_id !== channel.guild_id ? { source_guild_id: sound.guild_id } : {}),
  });
