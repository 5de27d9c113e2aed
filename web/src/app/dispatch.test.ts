import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Channel, Events, GuildCreate, Message, Ready } from "~/wire";

vi.stubGlobal("location", { pathname: "/channels/1/5", search: "", hash: "" });
vi.stubGlobal("history", { pushState: () => {}, replaceState: () => {} });
vi.stubGlobal("document", { visibilityState: "visible", hasFocus: () => false });
const media = { matches: false, addEventListener: () => {} };
vi.stubGlobal("window", { addEventListener: () => {}, removeEventListener: () => {}, matchMedia: () => media });
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
const pages: Message[][] = [];
vi.stubGlobal("fetch", async () => new Response(JSON.stringify(pages.shift() ?? [])));

const { hear } = await import("./dispatch");
const { logs, open } = await import("~/message/store");
const { mentionsOf } = await import("~/read/store");
const { channels } = await import("~/channel/store");

const me = { id: "1", username: "ada", discriminator: "0", global_name: null, avatar: null };
const ready = (guilds: string[]) =>
  ({
    user: me,
    user_settings: { status: "online" },
    user_guild_settings: { entries: [] },
    relationships: [],
    private_channels: [],
    read_state: { entries: [] },
    presences: [],
    guilds: guilds.map((id) => ({ id })),
    session_id: "s",
  }) as unknown as Ready;
const guild = (id: string, all: string[]) =>
  ({
    id,
    name: id,
    roles: [],
    emojis: [],
    channels: all.map((one) => ({ id: one, type: 0 })),
    threads: [],
    members: [{ user: me, roles: ["3"] }],
    presences: [],
    voice_states: [],
  }) as unknown as GuildCreate;
const message = (id: string, channel: string, more: Partial<Message> = {}) =>
  ({
    id,
    channel_id: channel,
    guild_id: "7",
    author: { ...me, id: "2" },
    content: id,
    timestamp: "2026-01-01T00:00:00Z",
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    attachments: [],
    embeds: [],
    flags: 0,
    type: 0,
    ...more,
  }) as unknown as Events["MESSAGE_CREATE"];
const shown = (channel: string) => logs[channel]?.messages.map((one) => one.id);

describe("a guild that one leaves and comes back to", () => {
  beforeEach(async () => {
    hear("READY", ready(["7"]));
    hear("GUILD_CREATE", guild("7", ["70", "71"]));
    pages.push([message("100", "70")]);
    await open("70");
    expect(shown("70")).toEqual(["100"]);
  });

  it("has no hole in its history: it is read again", async () => {
    hear("GUILD_DELETE", { id: "7" } as Events["GUILD_DELETE"]);
    hear("GUILD_CREATE", guild("7", ["70"]));
    hear("MESSAGE_CREATE", message("300", "70"));
    expect(shown("70")).toBeUndefined();
    pages.push([message("300", "70"), message("200", "70"), message("100", "70")]);
    await open("70");
    expect(shown("70")).toEqual(["100", "200", "300"]);
  });

  it("is not filled by a page that was still on its way", async () => {
    pages.push([message("100", "71")]);
    const loading = open("71");
    hear("GUILD_DELETE", { id: "7" } as Events["GUILD_DELETE"]);
    for (const id of ["70", "71"]) hear("MESSAGE_DELETE", { id: "1", channel_id: id } as Events["MESSAGE_DELETE"]);
    await loading;
    expect(shown("71")).toBeUndefined();
  });

  it("is gone with its channels where a new session does not name it", () => {
    hear("READY", ready([]));
    expect([shown("70"), channels["70"]]).toEqual([undefined, undefined]);
  });
});

it("counts mentions as the server does", () => {
  hear("READY", ready(["7"]));
  hear("GUILD_CREATE", guild("7", ["71", "72"]));
  hear("USER_GUILD_SETTINGS_UPDATE", {
    guild_id: "7",
    muted: false,
    mute_config: null,
    message_notifications: 2,
    suppress_everyone: true,
    suppress_roles: false,
    channel_overrides: [],
  });
  hear("MESSAGE_CREATE", message("400", "71", { mention_everyone: true }));
  expect(mentionsOf("71")).toBe(0);
  hear("MESSAGE_CREATE", message("401", "71", { mention_roles: ["3"] }));
  expect(mentionsOf("71")).toBe(1);
});

it("keeps an archived thread over a session that could not be resumed", () => {
  hear("READY", ready(["7"]));
  hear("GUILD_CREATE", guild("7", ["72"]));
  const thread = { id: "720", type: 11, guild_id: "7", parent_id: "72", thread_metadata: { archived: true } };
  hear("THREAD_UPDATE", thread as unknown as Channel);
  hear("READY", ready(["7"]));
  hear("GUILD_CREATE", guild("7", ["72"]));
  expect(channels["720"]?.id).toBe("720");
});
