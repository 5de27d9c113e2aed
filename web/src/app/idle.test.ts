import { createRoot } from "solid-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setSettings } from "~/user/store";
import type { UserSettings } from "~/wire";

const frames: { status: string; activities: object[]; afk: boolean }[] = [];
const hands: Record<string, () => void> = {};
vi.mock("~/net/socket", () => ({
  connection: () => "connected",
  connect: () => {},
  disconnect: () => {},
  sendFrame: (_: number, frame: (typeof frames)[number]) => frames.push(frame),
}));
vi.stubGlobal("window", {
  addEventListener: (name: string, act: () => void) => (hands[name] = act),
  removeEventListener: (name: string) => delete hands[name],
});

const { activitiesOf, watchIdle } = await import("./idle");

const AT = Date.parse("2026-01-01T12:00:00Z");
const emoji = { name: "🌊", id: null };
const line = { name: "Custom Status", type: 4, state: "At sea" };

it.each([
  ["nothing", null, []],
  ["an empty line", { text: "", emoji_name: null }, []],
  ["a line", { text: "At sea", emoji_name: "🌊" }, [{ ...line, emoji }]],
  ["an emoji alone", { emoji_name: "🌊" }, [{ ...line, state: "", emoji }]],
  ["a line that still stands", { text: "At sea", expires_at: "2026-01-01T12:00:01Z" }, [line]],
  ["a line that has ended", { text: "At sea", expires_at: "2026-01-01T12:00:00Z" }, []],
])("whoever is away still shows %s", (_, custom, expected) => {
  expect(activitiesOf(custom, AT)).toEqual(expected);
});

describe("without a hand on it", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    frames.length = 0;
  });
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["online", ["idle", "online"]],
    ["dnd", []],
  ] as const)("the client says so of who is %s, and takes it back", (status, expected) => {
    setSettings({ status, custom_status: { text: "At sea" } } as UserSettings);
    const [end, stop] = createRoot((dispose) => [dispose, watchIdle()]);
    vi.advanceTimersByTime(11 * 60_000);
    hands.keydown?.();
    hands.keydown?.();
    expect(frames.map((one) => one.status)).toEqual(expected);
    for (const frame of frames) expect(frame.activities).toEqual([line]);
    stop();
    end();
    expect(hands.keydown).toBeUndefined();
  });
});
