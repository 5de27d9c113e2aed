import { describe, expect, it } from "vitest";
import type { Role } from "~/wire";
import { ALL, Permission, permissionsOf, PRIVATE } from "./permissions";

const role = (id: string, permissions: bigint): Role => ({
  id,
  name: id,
  permissions: String(permissions),
  position: 0,
  color: 0,
  hoist: false,
  managed: false,
  mentionable: false,
});
const { ViewChannel, SendMessages, Administrator, ManageMessages } = Permission;
const everyone = role("1", ViewChannel | SendMessages);
const moderator = role("2", ManageMessages);
const admin = role("3", Administrator);
const roles = [everyone, moderator, admin];

describe("permissions", () => {
  it("adds up roles, and lets owners and administrators do everything", () => {
    expect(permissionsOf("1", roles, { user: "9", roles: ["2"], owner: false })).toBe(
      ViewChannel | SendMessages | ManageMessages,
    );
    expect(permissionsOf("1", roles, { user: "9", roles: ["3"], owner: false })).toBe(ALL);
    expect(permissionsOf("1", roles, { user: "9", roles: [], owner: true })).toBe(ALL);
  });

  it("applies overwrites of everybody, then of roles, then of the member", () => {
    const holder = { user: "9", roles: ["2"], owner: false };
    const deny = { id: "1", type: 0, allow: "0", deny: String(SendMessages) } as const;
    const allow = { id: "2", type: 0, allow: String(SendMessages), deny: "0" } as const;
    const own = { id: "9", type: 1, allow: "0", deny: String(SendMessages) } as const;
    expect(permissionsOf("1", roles, holder, [deny]) & SendMessages).toBe(0n);
    expect(permissionsOf("1", roles, holder, [deny, allow]) & SendMessages).toBe(SendMessages);
    expect(permissionsOf("1", roles, holder, [own, deny, allow]) & SendMessages).toBe(0n);
  });

  it("leaves nothing where the channel is not seen", () => {
    const hidden = { id: "1", type: 0, allow: "0", deny: String(ViewChannel) } as const;
    expect(permissionsOf("1", roles, { user: "9", roles: [], owner: false }, [hidden])).toBe(0n);
  });

  it("takes what is written away where one cannot write, or cannot come in", () => {
    const { AttachFiles, Connect, ReadMessageHistory, SendInThreads, ManageChannels } = Permission;
    const all = [role("1", ViewChannel | SendMessages | AttachFiles | Connect | ReadMessageHistory | ManageChannels)];
    const holder = { user: "9", roles: [], owner: false };
    const without = (deny: bigint, kind: number) =>
      permissionsOf("1", all, holder, [{ id: "1", type: 0, allow: "0", deny: String(deny) }], kind);
    expect(without(SendMessages, 0) & AttachFiles).toBe(0n);
    expect(without(SendInThreads, 11) & AttachFiles).toBe(0n);
    expect(without(Connect, 0)).toBe(ViewChannel | SendMessages | AttachFiles | ReadMessageHistory | ManageChannels);
    for (const voice of [2, 13]) expect(without(Connect, voice)).toBe(ViewChannel);
    expect(without(0n, 2) & SendMessages).toBe(SendMessages);
  });

  it("gives people among themselves polls and stickers of their guilds", () => {
    for (const one of [Permission.SendPolls, Permission.UseExternalStickers]) expect(PRIVATE & one).toBe(one);
  });
});
