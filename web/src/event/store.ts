/** Scheduled events of guilds, and in which one is interested. */
import { createSignal } from "solid-js";
import { createStore, produce, reconcile } from "solid-js/store";
import { api } from "~/net/rest";
import { learnUser, myId } from "~/user/store";
import { type EventException, type EventUser, EventStatus, type Id, type ScheduledEvent } from "~/wire";
import { upcoming } from "./times";

const [events, set] = createStore<Record<Id, Record<Id, ScheduledEvent>>>({});
const [mine, setMine] = createSignal<ReadonlySet<Id>>(new Set());

export const eventsOf = (guild: Id): ScheduledEvent[] => upcoming(Object.values(events[guild] ?? {}));
export const interested = (event: Id): boolean => mine().has(event);

export function resetEvents(guild: Id, all: readonly ScheduledEvent[]): void {
  set(guild, reconcile(Object.fromEntries(all.map((event) => [event.id, event]))));
}

export function putEvent(event: ScheduledEvent): void {
  if (event.creator) learnUser(event.creator);
  if (event.status === EventStatus.Completed || event.status === EventStatus.Cancelled) return dropEvent(event);
  if (!events[event.guild_id]) set(event.guild_id, {});
  const known = events[event.guild_id]?.[event.id];
  const user_count = event.user_count ?? known?.user_count;
  set(event.guild_id, event.id, reconcile(user_count === undefined ? event : { ...event, user_count }));
}

export function dropEvent(event: Pick<ScheduledEvent, "id" | "guild_id">): void {
  if (events[event.guild_id])
    set(
      event.guild_id,
      produce((draft) => delete draft[event.id]),
    );
}

const without = (known: ScheduledEvent, id: Id): EventException[] =>
  (known.guild_scheduled_event_exceptions ?? []).filter((one) => one.event_exception_id !== id);

/** One time of an event was left out or moved. */
export function putException(one: EventException & { guild_id: Id }): void {
  const known = events[one.guild_id]?.[one.event_id];
  if (!known) return;
  set(one.guild_id, one.event_id, "guild_scheduled_event_exceptions", [...without(known, one.event_exception_id), one]);
}

export function dropException(one: EventException & { guild_id: Id }): void {
  const known = events[one.guild_id]?.[one.event_id];
  if (known) set(one.guild_id, one.event_id, "guild_scheduled_event_exceptions", without(known, one.event_exception_id));
}

function note(event: Id, on: boolean): void {
  setMine((all) => {
    const next = new Set(all);
    if (on) next.add(event);
    else next.delete(event);
    return next;
  });
}

/** Somebody is interested, or no longer; told twice of oneself it counts once. */
export function countInterest({ guild_id, guild_scheduled_event_id: id, user_id }: EventUser, by: 1 | -1): void {
  if (user_id === myId()) {
    if (mine().has(id) === by > 0) return;
    note(id, by > 0);
  }
  if (events[guild_id]?.[id]) set(guild_id, id, "user_count", (count) => Math.max(0, (count ?? 0) + by));
}

/** Reads all events with how many are interested, and oneself among them. */
export async function fetchEvents(guild: Id): Promise<void> {
  const all = await api.get<ScheduledEvent[]>(`/guilds/${guild}/scheduled-events`, { with_user_count: true });
  resetEvents(guild, all);
  const me = myId();
  await Promise.all(
    upcoming(all).map(async (event) => {
      // The list is in order of ids: whoever comes right after the one before oneself is oneself.
      const after = String(BigInt(me) - 1n);
      const path = `/guilds/${guild}/scheduled-events/${event.id}/users`;
      const found = await api.get<{ user_id?: Id; user: { id: Id } }[]>(path, { after, limit: 1 });
      note(event.id, found.some((one) => one.user.id === me));
    }),
  );
}

export async function setInterest(event: ScheduledEvent, on: boolean): Promise<void> {
  const change = { guild_id: event.guild_id, guild_scheduled_event_id: event.id, user_id: myId() };
  const path = `/guilds/${event.guild_id}/scheduled-events/${event.id}/users/@me`;
  countInterest(change, on ? 1 : -1);
  try {
    await (on ? api.put(path) : api.delete(path));
  } catch (error) {
    countInterest(change, on ? -1 : 1);
    throw error;
  }
}
