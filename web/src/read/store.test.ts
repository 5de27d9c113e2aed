import { beforeEach, describe, expect, it, vi } from "vitest";
import { putChannel } from "~/channel/store";
import { setNotification } from "~/user/store";
import type { Channel, UserGuildSettings } from "~/wire";
import { acknowledged, allMentions, countMention, guildBadge, isUnread, markRead, markUnread, reads, resetReads } from "./store";

const asked: string[] = [];
vi.stubGlobal("fetch", async (url: string) => {
  asked.push(url);
  return new Response(null, { status: 204 });
});

const channel = (id: string, more: Partial<Channel> = {}): Channel => ({ id, type: 0, guild_id: "1", ...more }) as Channel;

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  resetReads([]);
});

describe("reading", () => {
  it("does not fall back when the server tells of what was read before", async () => {
    markRead("5", "101");
    await vi.advanceTimersByTimeAsync(400);
    markRead("5", "102");
    acknowledged("5", "101", 0);
    expect(reads["5"]?.last).toBe("102");
    await vi.advanceTimersByTimeAsync(400);
    expect(asked.map((url) => url.split("/").at(-2))).toEqual(["101", "102"]);
    acknowledged("5", "101", 0);
    expect(reads["5"]?.last).toBe("101");
  });

  it("is told to the server as it was when it was read", async () => {
    markRead("5", "102");
    resetReads([{ id: "5", last_message_id: "90", mention_count: 0 }]);
    await vi.advanceTimersByTimeAsync(400);
    expect(asked[0]).toContain("/102/ack");
  });

  it("is taken back at once", async () => {
    markRead("5", "102");
    await markUnread("5", "100");
    acknowledged("5", "100", 0);
    expect(reads["5"]?.last).toBe("100");
    await vi.advanceTimersByTimeAsync(400);
    expect(asked).toHaveLength(1);
  });
});

describe("what waits", () => {
  it("is counted where one still sees it", () => {
    putChannel(channel("20"));
    countMention("20");
    countMention("21");
    expect(allMentions()).toBe(1);
  });

  it("is not in archived threads", () => {
    const member = { id: "31", user_id: "9", join_timestamp: "2014-01-01T00:00:00Z", flags: 0 };
    const thread = (archived: boolean) =>
      channel("31", { type: 11, last_message_id: "900", member, thread_metadata: { archived, locked: false } as never });
    expect([isUnread(thread(false)), isUnread(thread(true))]).toEqual([true, false]);
  });

  it("is not in what is muted, or stands in it", () => {
    const member = { id: "43", user_id: "9", join_timestamp: "2014-01-01T00:00:00Z", flags: 0 };
    const mute = (id: string | null) =>
      setNotification({
        guild_id: "4",
        muted: false,
        mute_config: null,
        channel_overrides: id ? [{ channel_id: id, muted: true, mute_config: null, message_notifications: 3 }] : [],
      } as unknown as UserGuildSettings);
    putChannel(channel("41", { guild_id: "4", type: 4 }));
    putChannel(channel("42", { guild_id: "4", parent_id: "41" }));
    putChannel(channel("43", { guild_id: "4", type: 11, parent_id: "42", last_message_id: "900", member }));
    const unread = () => guildBadge("4").unread;
    mute(null);
    expect(unread()).toBe(true);
    for (const id of ["41", "42", "43"]) {
      mute(id);
      expect([id, unread()]).toEqual([id, false]);
    }
  });
});
