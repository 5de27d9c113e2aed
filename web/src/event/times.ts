/** When an event is, and how often it comes again: plain decisions. */
import { EventPlace, EventStatus, Frequency, type RecurrenceRule, type ScheduledEvent } from "~/wire";

export type Repeat = "never" | "daily" | "weekdays" | "weekly" | "fortnightly" | "monthly" | "yearly";

/** 0 Monday – 6 Sunday, as rules have it. */
const weekday = (at: Date): number => (at.getUTCDay() + 6) % 7;

/**
 * Monday to Friday where one is, as the rule counts them: by UTC, in which the evening or the morning of a day may fall on
 * its neighbour.
 */
function workdays(at: Date): number[] {
  const shift = weekday(at) - ((at.getDay() + 6) % 7);
  return [0, 1, 2, 3, 4].map((day) => (day + shift + 7) % 7).sort((a, b) => a - b);
}

/** The rule that a choice of a few means, for an event that begins at that moment. */
export function ruleOf(repeat: Repeat, start: string): RecurrenceRule | null {
  const at = new Date(start);
  const base = { start, interval: 1 };
  switch (repeat) {
    case "never":
      return null;
    case "daily":
      return { ...base, frequency: Frequency.Daily };
    case "weekdays":
      return { ...base, frequency: Frequency.Daily, by_weekday: workdays(at) };
    case "weekly":
      return { ...base, frequency: Frequency.Weekly, by_weekday: [weekday(at)] };
    case "fortnightly":
      return { ...base, frequency: Frequency.Weekly, interval: 2, by_weekday: [weekday(at)] };
    case "monthly": {
      const n = Math.min(5, Math.ceil(at.getUTCDate() / 7));
      return { ...base, frequency: Frequency.Monthly, by_n_weekday: [{ n, day: weekday(at) }] };
    }
    case "yearly":
      return {
        ...base,
        frequency: Frequency.Yearly,
        by_month: [at.getUTCMonth() + 1],
        by_month_day: [at.getUTCDate()],
      };
  }
}

/** Which of the few choices a rule is; the nearest one where it is none of them. */
export function repeatOf(rule: RecurrenceRule | null): Repeat {
  switch (rule?.frequency) {
    case Frequency.Daily:
      return (rule.by_weekday?.length ?? 0) > 0 ? "weekdays" : "daily";
    case Frequency.Weekly:
      return rule.interval === 2 ? "fortnightly" : "weekly";
    case Frequency.Monthly:
      return "monthly";
    case Frequency.Yearly:
      return "yearly";
    default:
      return "never";
  }
}

export const REPEATS: readonly { value: Repeat; label: string }[] = [
  { value: "never", label: "Once" },
  { value: "daily", label: "Every day" },
  { value: "weekdays", label: "Monday to Friday" },
  { value: "weekly", label: "Every week" },
  { value: "fortnightly", label: "Every other week" },
  { value: "monthly", label: "Every month, on that weekday" },
  { value: "yearly", label: "Every year" },
];

/** What goes on first, then what comes next. */
export const upcoming = (events: readonly ScheduledEvent[]): ScheduledEvent[] =>
  events
    .filter((event) => event.status === EventStatus.Scheduled || event.status === EventStatus.Active)
    .sort(
      (a, b) =>
        Number(b.status === EventStatus.Active) - Number(a.status === EventStatus.Active) ||
        Date.parse(a.scheduled_start_time) - Date.parse(b.scheduled_start_time),
    );

export interface EventDraft {
  name: string;
  description: string;
  place: number;
  channel: string;
  location: string;
  start: string;
  end: string;
  repeat: Repeat;
}

/** Whether an event begins when it did: fields know no seconds. */
const isUnmoved = (draft: EventDraft, before: ScheduledEvent): boolean =>
  draft.start === fieldOf(before.scheduled_start_time);

/** What is wrong with an event, by field. Times are as a field of the browser has them. */
export function problemsOf(draft: EventDraft, now: number, before?: ScheduledEvent): Partial<Record<keyof EventDraft, string>> {
  const wrong: Partial<Record<keyof EventDraft, string>> = {};
  if (!draft.name.trim()) wrong.name = "It needs a name.";
  const external = draft.place === EventPlace.External;
  if (external && !draft.location.trim()) wrong.location = "Say where it is.";
  if (!external && !draft.channel) wrong.channel = "Choose a channel.";
  const [start, end] = [Date.parse(draft.start), Date.parse(draft.end)];
  if (Number.isNaN(start)) wrong.start = "Say when it begins.";
  else if (start <= now && !(before && isUnmoved(draft, before))) wrong.start = "That is over already.";
  if (external && Number.isNaN(end)) wrong.end = "Say when it ends.";
  if (!Number.isNaN(end) && end <= start) wrong.end = "It ends before it begins.";
  return wrong;
}

/** A moment as a field of the browser wants it: in the time of the place, to the minute. */
export function fieldOf(iso: string | number | null): string {
  if (iso === null || iso === "") return "";
  const at = new Date(iso);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

export const draftOf = (event: ScheduledEvent | undefined, now: number): EventDraft => {
  const hour = 3_600_000;
  const next = Math.ceil(now / hour) * hour + hour;
  return {
    name: event?.name ?? "",
    description: event?.description ?? "",
    place: event?.entity_type ?? EventPlace.Voice,
    channel: event?.channel_id ?? "",
    location: event?.entity_metadata?.location ?? "",
    start: fieldOf(event?.scheduled_start_time ?? next),
    end: fieldOf(event ? event.scheduled_end_time : null),
    repeat: repeatOf(event?.recurrence_rule ?? null),
  };
};

/** What is sent. Of an event that is there already, times and rule are said only where they changed. */
export function bodyOf(draft: EventDraft, before?: ScheduledEvent): object {
  const external = draft.place === EventPlace.External;
  const start = new Date(draft.start).toISOString();
  const moved = !before || !isUnmoved(draft, before);
  const ends = !before || draft.end !== fieldOf(before.scheduled_end_time);
  const repeats = moved || draft.repeat !== repeatOf(before?.recurrence_rule ?? null);
  return {
    name: draft.name.trim(),
    description: draft.description.trim() || null,
    privacy_level: 2,
    entity_type: draft.place,
    channel_id: external ? null : draft.channel,
    entity_metadata: external ? { location: draft.location.trim() } : null,
    ...(moved ? { scheduled_start_time: start } : {}),
    ...(ends ? { scheduled_end_time: draft.end ? new Date(draft.end).toISOString() : null } : {}),
    ...(repeats ? { recurrence_rule: ruleOf(draft.repeat, start) } : {}),
  };
}

/** What is wrong with the new time of one that comes again; its times are as a field of the browser has them. */
export function problemsOfMove(start: string, end: string, now: number): { start?: string; end?: string } {
  const [from, until] = [Date.parse(start), Date.parse(end)];
  if (Number.isNaN(from)) return { start: "Say when it begins." };
  if (from <= now) return { start: "That is over already." };
  if (end && !(until > from)) return { end: "It ends before it begins." };
  return {};
}

/** When one that comes again ends: as it was moved, else as long after its begin as the event itself. */
export function endOf(
  event: Pick<ScheduledEvent, "scheduled_start_time" | "scheduled_end_time">,
  one: { at: number; exception?: { scheduled_end_time: string | null } | undefined },
): number | null {
  if (one.exception?.scheduled_end_time) return Date.parse(one.exception.scheduled_end_time);
  if (!event.scheduled_end_time) return null;
  return one.at + Date.parse(event.scheduled_end_time) - Date.parse(event.scheduled_start_time);
}
