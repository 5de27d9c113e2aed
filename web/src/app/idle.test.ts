import { createRoot } from "solid-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Instance } from "~/wire";

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

const { watchIdle } = await import("./idle");
const { prefer } = await import("~/preference/store");
const { setInstance } = await import("./session");

describe("without a hand on it", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    frames.length = 0;
  });
  afterEach(() => void vi.useRealTimers());

  it("the client says so and takes it back, and leaves what was chosen to the server", () => {
    const [end, stop] = createRoot((dispose) => [dispose, watchIdle()]);
    vi.advanceTimersByTime(11 * 60_000);
    hands.keydown?.();
    hands.keydown?.();
    expect(frames.map((one) => one.status)).toEqual(["idle", "online"]);
    for (const frame of frames) expect(frame.activities).toEqual([]);
    stop();
    end();
    expect(hands.keydown).toBeUndefined();
  });

  it.each([
    ["the server's", null, 20, 20],
    ["one's own", 5, 20, 5],
    ["never", 0, 20, null],
  ])("is idle after %s minutes", (_, own, theirs, after) => {
    setInstance({ idle_after_minutes: theirs } as Instance);
    prefer("idleMinutes", own);
    const [end, stop] = createRoot((dispose) => [dispose, watchIdle()]);
    vi.advanceTimersByTime((after ?? 600) * 60_000 - 1000);
    expect(frames).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(frames.map((one) => one.status)).toEqual(after === null ? [] : ["idle"]);
    stop();
    end();
  });
});
