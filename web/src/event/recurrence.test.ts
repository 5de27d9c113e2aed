import { describe, expect, it } from "vitest";
import { Frequency, type RecurrenceRule, type ScheduledEvent } from "~/wire";
import { comingTimes, occurrences } from "./recurrence";

// A Thursday, the second of its month.
const START = "2026-01-08T18:00:00.000Z";
const rule = (more: Partial<RecurrenceRule>): RecurrenceRule => ({ start: START, interval: 1, frequency: Frequency.Weekly, ...more });
const days = (one: RecurrenceRule, from = START, count = 3) =>
  occurrences(one, Date.parse(from), count).map((at) => new Date(at).toISOString().slice(0, 10));
const idAt = (iso: string): string => String(BigInt(Date.parse(iso) - 1_420_070_400_000) << 22n);

describe("times of an event", () => {
  it.each([
    ["every day", { frequency: Frequency.Daily }, ["2026-01-08", "2026-01-09", "2026-01-10"]],
    ["on working days", { frequency: Frequency.Daily, by_weekday: [0, 1, 2, 3, 4] }, ["2026-01-08", "2026-01-09", "2026-01-12"]],
    ["every week", { by_weekday: [3] }, ["2026-01-08", "2026-01-15", "2026-01-22"]],
    ["every other week", { interval: 2, by_weekday: [3] }, ["2026-01-08", "2026-01-22", "2026-02-05"]],
    ["every month", { frequency: Frequency.Monthly, by_n_weekday: [{ n: 2, day: 3 }] }, ["2026-01-08", "2026-02-12", "2026-03-12"]],
    ["in the last week of a month", { frequency: Frequency.Monthly, by_n_weekday: [{ n: 5, day: 3 }] }, ["2026-01-29", "2026-02-26", "2026-03-26"]],
    ["every year", { frequency: Frequency.Yearly, by_month: [1], by_month_day: [8] }, ["2026-01-08", "2027-01-08", "2028-01-08"]],
  ])("come %s", (_, more, expected) => {
    expect(days(rule(more))).toEqual(expected);
  });

  it("begin with the next one, at the hour of the first", () => {
    expect(occurrences(rule({ by_weekday: [3] }), Date.parse("2026-01-08T18:00:01Z"), 1)).toEqual([
      Date.parse("2026-01-15T18:00:00Z"),
    ]);
    expect(days(rule({ by_weekday: [3] }), "2026-03-01T00:00:00Z", 1)).toEqual(["2026-03-05"]);
  });

  it("say which are left out and which are moved", () => {
    const event = {
      recurrence_rule: rule({ by_weekday: [3] }),
      guild_scheduled_event_exceptions: [
        { event_id: "1", event_exception_id: idAt("2026-01-15T18:00:00Z"), scheduled_start_time: null, scheduled_end_time: null, is_canceled: true },
        { event_id: "1", event_exception_id: idAt("2026-01-22T18:00:00Z"), scheduled_start_time: "2026-01-23T18:00:00Z", scheduled_end_time: null, is_canceled: false },
      ],
    } as unknown as ScheduledEvent;
    const times = comingTimes(event, Date.parse(START), 3);
    expect(times.map((one) => one.cancelled)).toEqual([false, true, false]);
    expect(times.map((one) => new Date(one.at).getUTCDate())).toEqual([8, 15, 23]);
    expect(comingTimes({ recurrence_rule: null } as ScheduledEvent, 0, 3)).toEqual([]);
  });
});
