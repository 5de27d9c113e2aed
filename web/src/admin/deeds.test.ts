import { expect, it } from "vitest";
import { differencesOf, targetOf, wordsOf } from "./deeds";
import type { Deed } from "./wire";

const deed = (action: string, metadata: Record<string, unknown> = {}, target: string | null = "7"): Deed => ({
  id: "1",
  actor: { id: "2", username: "ada" },
  action,
  target,
  metadata,
  created_at: "2026-01-01T00:00:00Z",
});

it.each([
  [deed("user.update", { username: "bob" }), "changed the account", "@bob"],
  [deed("user.delete", {}), "removed the account", "7"],
  [deed("guild.delete", { name: "Hall", owner_id: "9" }), "deleted the guild", "Hall"],
  [deed("guild.update", { name: "Hall" }), "changed the guild", "Hall"],
  [deed("settings.update", {}, null), "changed the settings", null],
  [deed("moon.paint", {}, null), "did moon.paint", null],
])("%o", (one, did, target) => {
  expect(wordsOf(one).did).toBe(did);
  expect(targetOf(one)).toBe(target);
});

it("tells what changed", () => {
  const changes = {
    rank: { old: "member", new: "admin" },
    suspended: { old: true, new: false },
    suspended_reason: { old: "Spam", new: null },
    voice_capture: { old: { noise_suppression: true }, new: { noise_suppression: false } },
  };
  expect(differencesOf(deed("user.update", { username: "bob", changes }))).toEqual([
    { key: "Rank", before: "member", after: "admin" },
    { key: "Suspended", before: "yes", after: "no" },
    { key: "Reason", before: "Spam", after: null },
    { key: "Microphones", before: "noise suppression: yes", after: "noise suppression: no" },
  ]);
  expect(differencesOf(deed("user.delete", { changes: 4 }))).toEqual([]);
});
