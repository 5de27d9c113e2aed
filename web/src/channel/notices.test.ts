import { expect, it, vi } from "vitest";
import type { ChannelOverride } from "~/wire";

vi.stubGlobal("location", { pathname: "/", href: "https://hall.example/", search: "", hash: "" });
const { MUTES, muteFor, mutedUntil } = await import("./notices");

const NOW = Date.parse("2026-03-01T12:00:00Z");
const own = (more: Partial<ChannelOverride>): ChannelOverride => ({
  channel_id: "1",
  muted: true,
  mute_config: null,
  message_notifications: 3,
  ...more,
});

it("mutes for a while or until it is undone", () => {
  const ends = MUTES.map(({ ms }) => muteFor(ms, NOW).mute_config?.end_time);
  expect(ends).toEqual([
    "2026-03-01T12:15:00.000Z",
    "2026-03-01T13:00:00.000Z",
    "2026-03-01T15:00:00.000Z",
    "2026-03-01T20:00:00.000Z",
    "2026-03-02T12:00:00.000Z",
    undefined,
  ]);
});

it("knows until when a channel is muted", () => {
  expect(mutedUntil(undefined, NOW)).toBeUndefined();
  expect(mutedUntil(own({ muted: false }), NOW)).toBeUndefined();
  expect(mutedUntil(own({}), NOW)).toBeNull();
  const config = muteFor(60_000, NOW);
  expect(mutedUntil(own(config), NOW)).toBe(NOW + 60_000);
  expect(mutedUntil(own(config), NOW + 60_000)).toBeUndefined();
});
