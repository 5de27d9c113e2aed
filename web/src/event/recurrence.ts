/** When an event that comes again comes: plain decisions, in UTC as its rule is. */
import { timeOf } from "~/net/snowflake";
import { type EventException, Frequency, type RecurrenceRule, type ScheduledEvent } from "~/wire";

const DAY = 86_400_000;
/** Mondays are counted from this one. */
const MONDAY = Date.UTC(1970, 0, 5);

const weekday = (at: Date): number => (at.getUTCDay() + 6) % 7;
const weekOf = (at: number): number => Math.floor((at - MONDAY) / (7 * DAY));

/** Whether the day of `at` is one on which the rule has the event come. */
function onThatDay(rule: RecurrenceRule, start: Date, at: Date): boolean {
  const interval = Math.max(1, rule.interval);
  const days = rule.by_weekday ?? [];
  switch (rule.frequency) {
    case Frequency.Daily:
      if (days.length > 0) return days.includes(weekday(at));
      return Math.round((at.getTime() - start.getTime()) / DAY) % interval === 0;
    case Frequency.Weekly:
      return (
        (days.length > 0 ? days.includes(weekday(at)) : weekday(at) === weekday(start)) &&
        (weekOf(at.getTime()) - weekOf(start.getTime())) % interval === 0
      );
    case Frequency.Monthly: {
      const day = at.getUTCDate();
      const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
      const places = rule.by_n_weekday ?? [];
      if (places.length === 0) return day === start.getUTCDate();
      return places.some(
        (one) => one.day === weekday(at) && (one.n === 5 ? day + 7 > last : Math.ceil(day / 7) === one.n),
      );
    }
    default: {
      const months = rule.by_month ?? [start.getUTCMonth() + 1];
      const dates = rule.by_month_day ?? [start.getUTCDate()];
      return months.includes(at.getUTCMonth() + 1) && dates.includes(at.getUTCDate());
    }
  }
}

/** The next times from a moment on, as the rule has them. */
export function occurrences(rule: RecurrenceRule, from: number, count: number): number[] {
  const start = new Date(rule.start);
  const found: number[] = [];
  const first = Math.max(start.getTime(), from);
  let at = start.getTime() + Math.floor((first - start.getTime()) / DAY) * DAY;
  // Four years have every date, the 29th of February too.
  for (let day = 0; day < 366 * 5 && found.length < count; day += 1, at += DAY) {
    if (at >= first && onThatDay(rule, start, new Date(at))) found.push(at);
  }
  return found;
}

export interface Occurrence {
  /** When it would begin; names it for the server. */
  original: number;
  /** When it begins. */
  at: number;
  exception: EventException | undefined;
  cancelled: boolean;
}

/** The times of an event that come next, with those that are left out. */
export function comingTimes(event: ScheduledEvent, now: number, count: number): Occurrence[] {
  const rule = event.recurrence_rule;
  if (!rule) return [];
  const exceptions = new Map(
    (event.guild_scheduled_event_exceptions ?? []).map((one) => [timeOf(one.event_exception_id), one] as const),
  );
  return occurrences(rule, now, count).map((original) => {
    const exception = exceptions.get(original);
    const moved = exception?.scheduled_start_time;
    return { original, at: moved ? Date.parse(moved) : original, exception, cancelled: exception?.is_canceled ?? false };
  });
}
