/** Scheduled events of guilds. */
import type { Id } from "./id";
import type { User } from "./user";

export const EventStatus = { Scheduled: 1, Active: 2, Completed: 3, Cancelled: 4 } as const;
export const EventPlace = { Stage: 1, Voice: 2, External: 3 } as const;
export const Frequency = { Yearly: 0, Monthly: 1, Weekly: 2, Daily: 3 } as const;

export interface RecurrenceRule {
  start: string;
  end?: string | null;
  frequency: number;
  interval: number;
  by_weekday?: number[] | null;
  by_n_weekday?: { n: number; day: number }[] | null;
  by_month?: number[] | null;
  by_month_day?: number[] | null;
}

/** One time of an event that is left out or moved; its id carries when it would have begun. */
export interface EventException {
  event_id: Id;
  event_exception_id: Id;
  guild_id?: Id;
  scheduled_start_time: string | null;
  scheduled_end_time: string | null;
  is_canceled: boolean;
}

export interface ScheduledEvent {
  id: Id;
  guild_id: Id;
  channel_id: Id | null;
  creator_id: Id | null;
  creator?: User;
  name: string;
  description: string | null;
  image: string | null;
  scheduled_start_time: string;
  scheduled_end_time: string | null;
  status: number;
  entity_type: number;
  entity_metadata: { location?: string | null } | null;
  recurrence_rule: RecurrenceRule | null;
  guild_scheduled_event_exceptions?: EventException[];
  user_count?: number;
}

export interface EventUser {
  guild_scheduled_event_id: Id;
  user_id: Id;
  guild_id: Id;
}
