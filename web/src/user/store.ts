/** People, as far as they are known; oneself; and the settings that follow the account. */
import { createStore, reconcile } from "solid-js/store";
import { isPast } from "~/net/clock";
import { api } from "~/net/rest";
import type { CurrentUser, Id, User, UserGuildSettings, UserSettings } from "~/wire";

const [users, setUsers] = createStore<Record<Id, User>>({});
const [account, setAccount] = createStore<{ me: CurrentUser | null; settings: UserSettings | null }>({
  me: null,
  settings: null,
});
const [notifications, setNotifications] = createStore<Record<Id, UserGuildSettings>>({});
export { account, notifications, users };

export const myId = (): Id => account.me?.id ?? "";
export const nameOf = (user: Pick<User, "username" | "global_name">): string => user.global_name ?? user.username;

export function learnUser(user: User): void {
  const known = users[user.id];
  if (
    known &&
    known.username === user.username &&
    known.global_name === user.global_name &&
    known.avatar === user.avatar
  ) {
    return;
  }
  setUsers(user.id, { ...user });
}

export function setMe(me: CurrentUser): void {
  setAccount("me", reconcile(me));
  learnUser(me);
}

export const setSettings = (settings: UserSettings): void => setAccount("settings", reconcile(settings));

/** Notifications of direct messages are kept under `@me`. */
export function setNotification(one: UserGuildSettings): void {
  setNotifications(one.guild_id ?? "@me", reconcile(one));
}

export async function changeSettings(patch: Partial<UserSettings>): Promise<void> {
  setSettings(await api.patch<UserSettings>("/users/@me/settings", patch));
}

export async function changeNotifications(guild: Id | "@me", patch: Record<string, unknown>): Promise<void> {
  setNotification(await api.patch<UserGuildSettings>(`/users/@me/guilds/${guild}/settings`, patch));
}

const lasting = (muted: boolean, until: string | null | undefined): boolean =>
  muted && (!until || !isPast(Date.parse(until)));

/** Whether a channel is muted itself, or with its whole guild. */
export function isMuted(guild: Id | undefined | null, channel: Id): boolean {
  const settings = notifications[guild ?? "@me"];
  if (!settings) return false;
  if (lasting(settings.muted, settings.mute_config?.end_time)) return true;
  const own = settings.channel_overrides.find((override) => override.channel_id === channel);
  return own !== undefined && lasting(own.muted, own.mute_config?.end_time);
}

export function isGuildMuted(guild: Id): boolean {
  const settings = notifications[guild];
  return settings !== undefined && lasting(settings.muted, settings.mute_config?.end_time);
}
