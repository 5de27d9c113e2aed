import { createEffect, createRoot } from "solid-js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isPast } from "./clock";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

it("tells whoever asked when a moment comes, the nearest first", () => {
  const seen: string[] = [];
  const end = createRoot((dispose) => {
    createEffect(() => seen.push(`late ${isPast(1_005_000)}`));
    createEffect(() => seen.push(`soon ${isPast(1_002_000)}`));
    return dispose;
  });
  expect(seen).toEqual(["late false", "soon false"]);
  vi.advanceTimersByTime(2_001);
  expect(seen.slice(2)).toEqual(["late false", "soon true"]);
  vi.advanceTimersByTime(3_000);
  expect(seen.slice(4)).toEqual(["late true"]);
  end();
});

it("answers outside of effects without a timer", () => {
  expect([isPast(999_999), isPast(1_000_001)]).toEqual([true, false]);
  expect(vi.getTimerCount()).toBe(0);
});
