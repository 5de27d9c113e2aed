import { describe, expect, it } from "vitest";
import type { Entitlement, Subscription } from "~/wire";
import { isSold, kindOf, stateOf } from "./words";

const NOW = Date.parse("2026-01-10T00:00:00Z");
const thing = (more: Partial<Entitlement>) =>
  ({ consumed: false, starts_at: null, ends_at: null, ...more }) as Entitlement;

describe("what somebody has", () => {
  it("stands as it was given, used and paid for", () => {
    expect(stateOf(thing({}), null, NOW)).toBe("had");
    expect(stateOf(thing({ consumed: true }), null, NOW)).toBe("used");
    expect(stateOf(thing({ ends_at: "2026-01-09T00:00:00Z" }), null, NOW)).toBe("over");
    expect(stateOf(thing({ starts_at: "2026-01-11T00:00:00Z" }), null, NOW)).toBe("later");
    expect(stateOf(thing({ ends_at: "2026-02-01T00:00:00Z" }), { status: 2 } as Subscription, NOW)).toBe("ending");
  });

  it("is of a kind, and sold or not", () => {
    expect(kindOf({ type: 3, flags: 4 })).toBe("Used up once");
    expect(kindOf({ type: 5, flags: 4 | 128 })).toMatch(/guild/);
    expect([isSold({ flags: 4 }), isSold({ flags: 128 })]).toEqual([true, false]);
  });
});
