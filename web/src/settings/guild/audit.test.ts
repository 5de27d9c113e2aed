import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AuditLogEntry } from "~/wire";
import { ACTIONS, actionOf, differencesOf, keyOf, nameIn, readable } from "./audit";

const entry = (changes: AuditLogEntry["changes"]): AuditLogEntry => ({
  id: "1",
  action_type: 31,
  user_id: "2",
  target_id: "3",
  ...(changes ? { changes } : {}),
});
const nobody = () => undefined;

it("has words for each action once, and for those that are to come", () => {
  expect(new Set(ACTIONS.map((one) => one.type)).size).toBe(ACTIONS.length);
  expect(actionOf(22).did).toBe("banned");
  expect(actionOf(9999).name).toBe("Action 9999");
});

it("has words for all that the server writes down", () => {
  const source = readFileSync("../crates/core/wire/src/audit_log.rs", "utf8");
  const [, variants = ""] = /enum AuditAction \{([^}]*)\}/.exec(source) ?? [];
  const written = [...variants.matchAll(/= (\d+),/g)].map(([, type]) => Number(type));
  expect(written.length).toBeGreaterThan(50);
  expect(written.filter((type) => !ACTIONS.some((one) => one.type === type))).toEqual([]);
});

describe("values", () => {
  it.each([
    ["name", "Crew", "Crew"],
    ["hoist", true, "yes"],
    ["topic", null, "nothing"],
    ["topic", "", "nothing"],
    ["permissions", "2048", "Send messages"],
    ["permissions", "0", "nothing"],
    ["color", 0x2ecc71, "#2ecc71"],
    ["color", 0, "none"],
    ["max_age", 0, "no limit"],
    [
      "$add",
      [
        { id: "1", name: "Crew" },
        { id: "2", name: "Captain" },
      ],
      "Crew, Captain",
    ],
    ["icon", "abcdef", "a picture"],
    ["parent_id", "100000000000000001", "100000000000000001"],
  ])("%s %o reads %s", (key, value, text) => expect(readable(key, value, nobody)).toBe(text));

  it("call ids by their names where they are known", () => {
    expect(readable("owner_id", "100000000000000001", (id) => (id === "100000000000000001" ? "Ada" : undefined))).toBe(
      "Ada",
    );
  });

  it("are cut where there are many permissions", () => {
    expect(readable("permissions", ((1n << 53n) - 1n).toString(), nobody)).toMatch(/ and \d+ more$/);
  });
});

it("tells differences and leaves out what says nothing", () => {
  const changes = [
    { key: "name", old_value: "Hands", new_value: "Crew" },
    { key: "id", new_value: "3" },
    { key: "rate_limit_per_user", new_value: 5 },
  ];
  expect(differencesOf(entry(changes), nobody)).toEqual([
    { key: "Name", before: "Hands", after: "Crew" },
    { key: "Slow mode", before: null, after: "5 seconds" },
  ]);
  const door = [
    { key: "features", old_value: ["COMMUNITY"], new_value: ["COMMUNITY", "DISCOVERABLE"] },
    { key: "keywords", old_value: [], new_value: ["chess", "Go"] },
  ];
  expect(differencesOf(entry(door), nobody)).toEqual([
    { key: "Tags", before: "nothing", after: "chess, Go" },
    { key: "Who can come in", before: "invite only", after: "anyone" },
  ]);
  const other = [{ key: "features", old_value: ["DISCOVERABLE"], new_value: ["COMMUNITY", "DISCOVERABLE"] }];
  expect(differencesOf(entry(other), nobody)).toEqual([]);
  expect(nameIn(entry(changes))).toBe("Crew");
  expect(nameIn(entry(undefined))).toBeUndefined();
  expect(keyOf("explicit_content_filter")).toBe("Explicit content filter");
});
