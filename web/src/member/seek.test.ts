import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { putGuild } from "~/guild/store";
import { Op } from "~/wire";
import { forgetSought, seekAll, seekMembers } from "./seek";

const sent: unknown[] = [];
let connected = true;
vi.mock("~/net/socket", () => ({
  sendFrame: (op: number, d: unknown) => {
    if (connected) sent.push([op, d]);
    return connected;
  },
}));

const guild = (id: string, large: boolean) => putGuild({ id, large, member_count: large ? 9000 : 3 } as never);
const asked = (query: string, limit: number) => [Op.RequestMembers, { guild_id: "1", query, limit, presences: true }];

beforeEach(() => {
  vi.useFakeTimers();
  sent.length = 0;
  connected = true;
  guild("1", true);
  guild("2", false);
  forgetSought("1");
});
afterEach(() => void vi.useRealTimers());

describe("members of large guilds", () => {
  it("are asked for once, and again when the guild came anew", () => {
    seekAll("1");
    seekAll("1");
    seekAll("2");
    expect(sent).toEqual([asked("", 0)]);
    forgetSought("1");
    seekAll("1");
    expect(sent).toHaveLength(2);
  });

  it("are asked for again where nobody heard it", () => {
    connected = false;
    seekAll("1");
    connected = true;
    seekAll("1");
    expect(sent).toHaveLength(1);
  });

  it("are sought by name when somebody stops typing, once for each name", () => {
    for (const query of ["a", "ad", "Ada"]) seekMembers("1", query);
    vi.runAllTimers();
    expect(sent).toEqual([asked("ada", 25)]);
    seekMembers("1", "ada");
    seekMembers("2", "ada");
    vi.runAllTimers();
    expect(sent).toHaveLength(1);
  });

  it("are not sought where everybody was asked for", () => {
    seekAll("1");
    seekMembers("1", "ada");
    vi.runAllTimers();
    expect(sent).toEqual([asked("", 0)]);
  });
});
