import { expect, it } from "vitest";
import { Permission } from "~/guild/permissions";
import { type KnownGuild, putGuild } from "~/guild/store";
import { putMembers } from "~/member/store";
import { setMe } from "~/user/store";
import type { Channel, CurrentUser, Member, Role } from "~/wire";
import { barsIn, lockNote } from "./bar";
import { canSend, putChannels } from "./store";

const role = (id: string, position: number): Role =>
  ({ id, name: `role ${id}`, position, permissions: id === "1" ? String(Permission.ViewChannel | Permission.SendMessages | Permission.SendInThreads) : "0" }) as Role;
const channel = (more: object): Channel =>
  ({ id: "5", type: 0, guild_id: "1", permission_overwrites: [], locked: true, ...more }) as Channel;

it.each([
  [channel({ locked: false }), [], true],
  [channel({}), ["4"], false],
  [channel({ lock_role_id: "3" }), [], false],
  [channel({ lock_role_id: "3" }), ["2"], false],
  [channel({ lock_role_id: "3" }), ["3"], true],
  [channel({ lock_role_id: "3" }), ["4"], true],
  [channel({ lock_role_id: "99" }), ["4"], false],
  [channel({ locked: false, archived: true }), ["4"], false],
])("%o is written to by who holds %o: %s", (place, roles, writes) => {
  setMe({ id: "9", username: "ada" } as CurrentUser);
  putGuild({ id: "1", owner_id: "8", roles: [role("1", 0), role("2", 1), role("3", 2), role("4", 3)] } as KnownGuild);
  putMembers("1", [{ user: { id: "9", username: "ada" }, roles } as unknown as Member]);
  const thread = { id: "6", type: 11, guild_id: "1", parent_id: "5", thread_metadata: { archived: false } } as Channel;
  putChannels([place, thread]);
  expect([canSend(place), canSend(thread)]).toEqual([writes, writes]);
});

it("offers the roles that one reaches, and says who writes on", () => {
  putMembers("1", [{ user: { id: "9", username: "ada" }, roles: ["3"] } as unknown as Member]);
  expect(barsIn("1").map((one) => one.id)).toEqual(["3", "2"]);
  setMe({ id: "8", username: "owner" } as CurrentUser);
  expect(barsIn("1").map((one) => one.id)).toEqual(["4", "3", "2"]);
  expect(lockNote(channel({ lock_role_id: "3" }))).toContain("@role 3");
  expect(lockNote(channel({}))).toMatch(/^Only those who manage channels/);
});
