import { describe, expect, it, vi } from "vitest";
import type { ScheduledEvent } from "~/wire";
import { bodyOf, draftOf, endOf, fieldOf, problemsOf, problemsOfMove, type Repeat, repeatOf, ruleOf, upcoming } from "./times";

// A Thursday, the second of its month.
const START = "2026-01-08T18:00:00.000Z";
const NOW = Date.parse("2026-01-01T10:30:00Z");
const whole = () => ({ ...draftOf(undefined, NOW), name: "Watch", channel: "5", start: fieldOf(START) });

describe("events", () => {
  it.each<Repeat>(["never", "daily", "weekdays", "weekly", "fortnightly", "monthly", "yearly"])("come again %s", (repeat) => {
    expect(repeatOf(ruleOf(repeat, START))).toBe(repeat);
  });

  it("come on the weekday that they begin on", () => {
    expect(ruleOf("weekly", START)?.by_weekday).toEqual([3]);
    expect(ruleOf("monthly", START)?.by_n_weekday).toEqual([{ n: 2, day: 3 }]);
    expect(ruleOf("yearly", START)).toMatchObject({ by_month: [1], by_month_day: [8] });
  });

  it("are moved to a time that is still to come", () => {
    const [start, end] = [fieldOf(START), fieldOf(Date.parse(START) + 3_600_000)];
    expect(problemsOfMove(start, "", NOW)).toEqual({});
    expect(problemsOfMove(start, end, NOW)).toEqual({});
    expect(problemsOfMove("", end, NOW).start).toMatch(/begins/);
    expect(problemsOfMove(start, end, Date.parse(START)).start).toMatch(/over/);
    expect(problemsOfMove(end, start, NOW).end).toMatch(/before/);
  });

  it("last as long as the event wherever they are moved", () => {
    const event = { scheduled_start_time: START, scheduled_end_time: new Date(Date.parse(START) + 7_200_000).toISOString() };
    expect(endOf(event, { at: NOW })).toBe(NOW + 7_200_000);
    expect(endOf(event, { at: NOW, exception: { scheduled_end_time: START } })).toBe(Date.parse(START));
    expect(endOf({ ...event, scheduled_end_time: null }, { at: NOW })).toBeNull();
  });

  it("say what is missing", () => {
    expect(problemsOf(whole(), NOW)).toEqual({});
    expect(Object.keys(problemsOf({ ...whole(), name: "", channel: "", start: "" }, NOW))).toEqual(["name", "channel", "start"]);
    expect(Object.keys(problemsOf({ ...whole(), place: 3 }, NOW))).toEqual(["location", "end"]);
    expect(problemsOf({ ...whole(), end: whole().start }, NOW).end).toMatch(/before/);
    expect(problemsOf(whole(), Date.parse(START)).start).toMatch(/over/);
  });

  it("are sent as the server takes them", () => {
    expect(bodyOf(whole())).toMatchObject({ entity_type: 2, channel_id: "5", entity_metadata: null, scheduled_start_time: START, scheduled_end_time: null });
    const elsewhere = { ...whole(), place: 3, location: " Pier ", end: fieldOf("2026-01-08T20:00:00Z") };
    expect(bodyOf(elsewhere)).toMatchObject({ channel_id: null, entity_metadata: { location: "Pier" }, scheduled_end_time: "2026-01-08T20:00:00.000Z" });
  });

  it("can be changed while they go on, and keep the times that nobody changed", () => {
    const event = {
      ...{ name: "Watch", description: "", entity_type: 2, channel_id: "5", entity_metadata: null },
      scheduled_start_time: "2026-01-08T18:00:42.000Z",
      scheduled_end_time: "2026-01-08T20:00:42.000Z",
      recurrence_rule: { start: START, frequency: 3, interval: 1, by_weekday: [1, 2, 3, 4, 5] },
    } as unknown as ScheduledEvent;
    const later = Date.parse(START) + 3_600_000;
    const draft = draftOf(event, later);
    expect(problemsOf(draft, later, event)).toEqual({});
    const body = bodyOf({ ...draft, name: "Look" }, event);
    expect(body).toMatchObject({ name: "Look" });
    expect(Object.keys(body).filter((key) => /time|rule/.test(key))).toEqual([]);
    expect(bodyOf({ ...draft, repeat: "never" }, event)).toMatchObject({ recurrence_rule: null });
    const moved = { ...draft, start: fieldOf("2026-01-09T18:00:00Z") };
    expect(problemsOf({ ...draft, start: fieldOf(NOW) }, later, event).start).toMatch(/over/);
    expect(bodyOf(moved, event)).toMatchObject({ scheduled_start_time: "2026-01-09T18:00:00.000Z" });
  });

  it.each([
    ["UTC", "2026-01-08T18:00:00Z", [0, 1, 2, 3, 4]],
    ["Asia/Tokyo", "2026-01-08T18:00:00Z", [0, 1, 2, 3, 6]],
    ["America/Los_Angeles", "2026-01-09T02:00:00Z", [1, 2, 3, 4, 5]],
    ["America/Los_Angeles", "2026-01-08T20:00:00Z", [0, 1, 2, 3, 4]],
  ])("come from Monday to Friday of %s", (zone, start, days) => {
    vi.stubEnv("TZ", zone);
    expect(ruleOf("weekdays", start)?.by_weekday).toEqual(days);
    vi.unstubAllEnvs();
  });

  it("stand in order, what goes on first", () => {
    const event = (id: string, status: number, start: string) => ({ id, status, scheduled_start_time: start }) as ScheduledEvent;
    const all = [event("a", 1, "2026-03-01"), event("b", 1, "2026-02-01"), event("c", 2, "2026-04-01"), event("d", 3, "2026-01-01")];
    expect(upcoming(all).map((one) => one.id)).toEqual(["c", "b", "a"]);
  });
});
