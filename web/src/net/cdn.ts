/** Addresses of files. */
import type { Id, PartialEmoji, User } from "~/wire";

/** Files of this very server come from where the page came from, whatever name the server knows itself by. */
export function local(url: string): string {
  try {
    const parsed = new URL(url, location.href);
    return parsed.pathname.startsWith("/cdn/") ? parsed.pathname + parsed.search : url;
  } catch {
    return url;
  }
}

/** A smaller picture of an attachment, for screens of this density. */
export function preview(url: string, width: number, height: number): string {
  const address = local(url);
  if (!address.startsWith("/cdn/")) return address;
  return `${address}${address.includes("?") ? "&" : "?"}width=${Math.round(width)}&height=${Math.round(height)}`;
}

/** The next size that is kept ready. */
const roundUp = (size: number): number => 2 ** Math.min(10, Math.max(5, Math.ceil(Math.log2(size * 2))));

const image = (kind: string, owner: Id, hash: string, size: number): string =>
  `/cdn/${kind}/${owner}/${hash}.webp?size=${roundUp(size)}${hash.startsWith("a_") ? "&animated=true" : ""}`;

export const avatarOf = (user: Pick<User, "id" | "avatar">, size = 40): string | null =>
  user.avatar ? image("avatars", user.id, user.avatar, size) : null;

/** The picture that somebody has in one guild alone. */
export const memberAvatar = (guild: Id, user: Id, hash: string, size = 40): string =>
  `/cdn/guilds/${guild}/users/${user}/avatars/${hash}.webp?size=${roundUp(size)}${hash.startsWith("a_") ? "&animated=true" : ""}`;

export const roleIcon = (role: Id, hash: string, size = 20): string => image("role-icons", role, hash, size);

export const bannerOf = (user: User, size = 320): string | null =>
  user.banner ? image("banners", user.id, user.banner, size) : null;

export const guildIcon = (guild: { id: Id; icon: string | null }, size = 48): string | null =>
  guild.icon ? image("icons", guild.id, guild.icon, size) : null;

export const bannerOfGuild = (guild: { id: Id; banner: string | null }, size = 320): string | null =>
  guild.banner ? image("banners", guild.id, guild.banner, size) : null;

/** The picture that a guild shows to people who are not in it. */
export const guildSplash = (
  guild: { id: Id; splash: string | null; discovery_splash: string | null },
  size = 320,
): string | null => {
  if (guild.discovery_splash) return image("discovery-splashes", guild.id, guild.discovery_splash, size);
  return guild.splash ? image("splashes", guild.id, guild.splash, size) : null;
};

export const groupIcon = (id: Id, hash: string, size = 40): string => image("channel-icons", id, hash, size);

/** A sticker's picture; those that are drawings in motion (Lottie) have none. */
export const stickerImage = (sticker: { id: Id; format_type: number }): string | null =>
  sticker.format_type === 3 ? null : `/cdn/stickers/${sticker.id}.${sticker.format_type === 4 ? "gif" : "png"}`;

export const emojiImage = (emoji: PartialEmoji, size = 24): string =>
  `/cdn/emojis/${emoji.id}.webp?size=${roundUp(size)}${emoji.animated ? "&animated=true" : ""}`;
