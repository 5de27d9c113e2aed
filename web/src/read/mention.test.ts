import { describe, expect, it } from "vitest";
import type { Message } from "~/wire";
import { type Attention, calls, deservesNotice } from "./mention";

const said = (more: Partial<Message> = {}): Message =>
  ({ guild_id: "7", mention_everyone: false, mentions: [], mention_roles: [], flags: 0, type: 0, ...more }) as Message;
const everyone = said({ mention_everyone: true });
const role = said({ mention_roles: ["3"] });
const direct = said({ mentions: [{ id: "1" }] as Message["mentions"] });
const none = { suppress_everyone: false, suppress_roles: false };
const private_ = said();
delete private_.guild_id;

describe("a message calls somebody", () => {
  it.each([
    ["plain", said(), none, false],
    ["by name", direct, { suppress_everyone: true, suppress_roles: true }, true],
    ["everybody", everyone, none, true],
    ["everybody, suppressed", everyone, { ...none, suppress_everyone: true }, false],
    ["everybody, with roles suppressed", everyone, { ...none, suppress_roles: true }, true],
    ["by role", role, none, true],
    ["by role, suppressed", role, { ...none, suppress_roles: true }, false],
    ["a role of others", said({ mention_roles: ["4"] }), none, false],
    ["in a direct message, whatever it says", { ...private_, type: 6 }, none, true],
    ["shown to one alone", { ...private_, flags: 64 }, none, false],
  ])("%s", (_, message, settings, expected) => {
    expect(calls(message, { me: "1", roles: ["3"], settings })).toBe(expected);
  });
});

describe("a notice", () => {
  const open: Attention = { me: "1", roles: ["3"], settings: none, blocked: false, away: false, muted: false, level: 1 };
  it.each([
    ["plain, of mentions only", said(), {}, false],
    ["plain, of everything", said(), { level: 0 }, true],
    ["plain, muted", said(), { level: 0, muted: true }, false],
    ["by name, muted", direct, { muted: true }, false],
    ["by name, muted, of everything", direct, { level: 0, muted: true }, false],
    ["everybody, muted", everyone, { muted: true }, false],
    ["by role, muted", role, { muted: true }, false],
    ["by name, of nothing", direct, { level: 2 }, false],
    ["by name, silently", { ...direct, flags: 4096 }, {}, false],
    ["by name, not to be disturbed", direct, { away: true }, false],
    ["by name, by somebody blocked", direct, { blocked: true }, false],
    ["direct message", private_, {}, true],
    ["direct message, muted", private_, { muted: true }, false],
    ["by name in a muted group", { ...private_, mentions: direct.mentions }, { muted: true }, false],
  ])("%s", (_, message, more, expected) => {
    expect(deservesNotice(message, { ...open, ...more })).toBe(expected);
  });
});
