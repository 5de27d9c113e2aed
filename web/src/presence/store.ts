/** Who is there, and who is in voice. */
import { createStore, produce, reconcile } from "solid-js/store";
import { account, myId } from "~/user/store";
import type { Activity, Id, Presence, Status, VoiceState } from "~/wire";

interface Seen {
  status: Status;
  activities: Activity[];
}

const [presences, set] = createStore<Record<Id, Seen>>({});
const [voices, putVoices] = createStore<Record<Id, Record<Id, VoiceState>>>({});
export { presences, voices };

export function setPresence(presence: Presence): void {
  set(presence.user.id, reconcile({ status: presence.status, activities: presence.activities ?? [] }));
}

export function setPresences(all: Presence[]): void {
  set(
    produce((draft) => {
      for (const one of all) draft[one.user.id] = { status: one.status, activities: one.activities ?? [] };
    }),
  );
}

export const forgetPresences = (): void => set(reconcile({}));

/** One's own status is the chosen one, even where others see nothing. */
export function statusOf(id: Id): Status {
  if (id === myId()) return account.settings?.status ?? "online";
  return presences[id]?.status ?? "offline";
}

/** The line that somebody wrote about themselves. */
export function customStatus(id: Id): { text: string; emoji?: Activity["emoji"] } | null {
  if (id === myId()) {
    const own = account.settings?.custom_status;
    if (!own || (!own.text && !own.emoji_name)) return null;
    return { text: own.text ?? "", emoji: own.emoji_name ? { name: own.emoji_name, id: own.emoji_id ?? null } : null };
  }
  const activity = presences[id]?.activities.find((one) => one.type === 4);
  return activity ? { text: activity.state ?? "", emoji: activity.emoji ?? null } : null;
}

export function setVoices(guild: Id, states: VoiceState[]): void {
  const there = states.filter((state) => state.channel_id);
  putVoices(guild, reconcile(Object.fromEntries(there.map((state) => [state.user_id, state]))));
}

export function setVoice(state: VoiceState): void {
  const guild = state.guild_id;
  if (!guild) return;
  const rest = { ...voices[guild] };
  if (state.channel_id) rest[state.user_id] = state;
  else delete rest[state.user_id];
  putVoices(guild, reconcile(rest));
}

export const inVoice = (guild: Id, channel: Id): VoiceState[] =>
  Object.values(voices[guild] ?? {}).filter((state) => state.channel_id === channel);
