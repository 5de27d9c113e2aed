import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Channel, CurrentUser, Message, Relationship, User } from "~/wire";

vi.stubGlobal("location", { pathname: "/", href: "https://hall.example/", search: "", hash: "", origin: "https://hall.example" });
const asked: { path: string; body: Record<string, unknown> }[] = [];
let refuse: (path: string, body: Record<string, unknown>) => boolean = () => false;
vi.stubGlobal("fetch", async (url: string, { body }: { body: string }) => {
  const path = url.replace("/api/v10", "");
  const sent = JSON.parse(body) as Record<string, unknown>;
  if (refuse(path, sent)) return new Response(JSON.stringify({ code: 20016 }), { status: 429 });
  asked.push({ path, body: sent });
  return new Response(JSON.stringify({ id: "900" }));
});

const { putChannels } = await import("~/channel/store");
const { putGuild } = await import("~/guild/store");
const { putMembers } = await import("~/member/store");
const { setRelationship } = await import("~/relationship/store");
const { learnUser, setMe } = await import("~/user/store");
const { handOn, mayForward, places } = await import("./forward");

const person = (id: string): User => ({ id, username: `p${id}`, global_name: null, avatar: null }) as User;
const channel = (id: string, more: object = {}): Channel => ({ id, type: 0, guild_id: "1", name: `c${id}`, last_message_id: id, ...more }) as Channel;
const message = (more: object = {}): Message => ({ id: "700", channel_id: "10", type: 0, flags: 0, content: "x", ...more }) as Message;
const VIEW = 1n << 10n;
const SEND = 1n << 11n;
const deny = (bits: bigint) => ({ permission_overwrites: [{ id: "1", type: 0, allow: "0", deny: String(bits) }] });

beforeEach(() => {
  asked.length = 0;
  refuse = () => false;
  setMe(person("9") as CurrentUser);
  const everyone = { id: "1", permissions: String(VIEW | SEND | (1n << 16n) | (1n << 38n)), position: 0, name: "@everyone" };
  putGuild({ id: "1", name: "Town", owner_id: "2", roles: [everyone], emojis: [], stickers: [] } as never);
  putMembers("1", [{ user: person("9"), roles: [] }] as never);
  const member = { id: "17", user_id: "9", join_timestamp: "", flags: 0 };
  putChannels([
    channel("10"),
    channel("11", deny(SEND)),
    channel("12", deny(VIEW)),
    channel("13", { type: 4 }),
    channel("14", { type: 15 }),
    channel("15", { archived: true }),
    channel("16", { type: 11, parent_id: "10" }),
    channel("17", { type: 11, parent_id: "10", member }),
    channel("20", { type: 1, guild_id: undefined, name: undefined, recipients: [person("3")] }),
    channel("21", { type: 1, guild_id: undefined, name: undefined, recipients: [person("4")] }),
    channel("22", { type: 3, guild_id: undefined, recipients: [person("3"), person("4")] }),
  ]);
  for (const [id, type] of [["3", 1], ["4", 2], ["5", 1], ["6", 3]] as const) {
    learnUser(person(id));
    setRelationship({ id, type, user: person(id) } as Relationship);
  }
});

describe("a message is handed on", () => {
  it("to where one may write, and to friends", () => {
    expect(places().map((one) => one.key)).toEqual(["22", "20", "17", "10", "user 5"]);
    expect(places().map((one) => one.about)).toEqual(["Group", "p3", "Town", "Town", "p5"]);
  });

  it.each([
    ["plain", {}, true],
    ["of the system", { type: 7 }, false],
    ["for one alone", { flags: 64 }, false],
    ["a poll", { poll: {} }, false],
    ["of a channel that is gone", { channel_id: "99" }, false],
  ])("where it can be: %s", (_, more, expected) => {
    expect(mayForward(message(more))).toBe(expected);
  });

  it("once, and the note after it, though the note is refused at first", async () => {
    const arrived = new Map<string, string>();
    refuse = (_, body) => "content" in body;
    await expect(handOn(message(), "user 5", "look", arrived)).rejects.toMatchObject({ status: 429 });
    refuse = () => false;
    await handOn(message(), "user 5", "look", arrived);
    const sent = asked.map(({ path, body: { nonce: _, enforce_nonce: __, ...rest } }) => [path, rest]);
    expect(sent).toEqual([
      ["/users/@me/channels", { recipient_id: "5" }],
      ["/channels/900/messages", { message_reference: { type: 1, message_id: "700", channel_id: "10" } }],
      ["/channels/900/messages", { content: "look" }],
    ]);
  });
});
