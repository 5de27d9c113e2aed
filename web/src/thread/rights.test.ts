import { expect, it } from "vitest";
import type { Channel } from "~/wire";
import { type Rights, rightsIn } from "./rights";

const thread = (more: object = {}, type = 11): Channel => ({
  id: "1",
  type,
  owner_id: "5",
  thread_metadata: { archived: false, locked: false, archive_timestamp: "", auto_archive_duration: 60, ...more },
});
const names = (rights: Rights) => Object.entries(rights).flatMap(([name, has]) => (has ? [name] : [])).join(" ");
const check = (channel: Channel, me: string, moderates: boolean, sends = true) => names(rightsIn(channel, me, moderates, sends));

it("lets people do with threads what the server lets them", () => {
  expect(check(thread(), "5", false)).toBe("edit archive invite");
  expect(check(thread(), "6", false)).toBe("invite");
  expect(check(thread(), "6", true)).toBe("edit moderate archive invite expel");
  expect(check(thread({ locked: true }), "5", false)).toBe("invite");
  expect(check(thread({ archived: true }), "6", false)).toBe("reopen invite");
  expect(check(thread({ archived: true, locked: true }), "6", false)).toBe("invite");
  expect(check(thread({ archived: true, locked: true }), "6", true)).toBe("moderate reopen invite expel");
  expect(check(thread({ invitable: false }, 12), "6", false)).toBe("");
  expect(check(thread({ invitable: false }, 12), "5", false)).toBe("edit archive invite expel");
  expect(check(thread(), "5", false, false)).toBe("edit archive");
});
