/** Stickers, and sounds of the soundboard. */
import type { Id } from "./id";
import type { PartialEmoji } from "./message";
import type { User } from "./user";

export const StickerFormat = { Png: 1, Apng: 2, Lottie: 3, Gif: 4 } as const;

export interface StickerItem {
  id: Id;
  name: string;
  format_type: number;
}

export interface Sticker extends StickerItem {
  description: string | null;
  tags: string;
  type: number;
  available?: boolean;
  guild_id?: Id;
  user?: User;
}

export interface Sound {
  sound_id: Id;
  name: string;
  volume: number;
  emoji_id: Id | null;
  emoji_name: string | null;
  guild_id?: Id;
  available: boolean;
  user?: User;
}

/** Somebody played a sound, or sent an emoji, where one is in voice. */
export interface VoiceEffect {
  channel_id: Id;
  guild_id: Id;
  user_id: Id;
  emoji?: PartialEmoji | null;
  sound_id?: Id | number;
  sound_volume?: number;
}
