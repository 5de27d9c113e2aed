import { expect, it, vi } from "vitest";
import type { Channel, ThreadList } from "~/wire";

vi.stubGlobal("location", { pathname: "/", search: "", hash: "" });
const asked: string[] = [];
let answer: (url: URL) => unknown = () => ({});
let status = 200;
vi.stubGlobal("fetch", async (path: string) => {
  asked.push(path.replace("/api/v10", ""));
  return new Response(JSON.stringify(answer(new URL(path, "http://hall"))), { status });
});

const { archivedThreads, askAfter, fetchChannel, recheck } = await import("./store");
const { channels, putChannel } = await import("~/channel/store");

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
const thread = (id: string, minute: number, type = 11): Channel =>
  ({ id, type, guild_id: "1", parent_id: "5", thread_metadata: { archived: true, archive_timestamp: at(minute) } }) as Channel;
const list = (threads: Channel[], has_more: boolean): ThreadList => ({ threads, members: [], has_more });
const parent = { id: "5", type: 0, guild_id: "1" } as Channel;

it("lists archived threads, one's private ones too, page by page", async () => {
  answer = (url) => {
    if (url.pathname.includes("@me")) return url.searchParams.has("before") ? list([], false) : list([thread("60", 5, 12)], true);
    return url.searchParams.has("before") ? list([thread("50", 1)], false) : list([thread("52", 9), thread("51", 3)], true);
  };
  const first = await archivedThreads(parent);
  expect(first.ids).toEqual(["52", "51", "60"]);
  expect(first.rest.map((one) => one.before)).toEqual([at(3), "60"]);
  const second = await archivedThreads(parent, first);
  expect(second).toEqual({ ids: ["52", "51", "60", "50"], rest: [] });
  expect(asked.map((path) => path.split("?")[0])).toEqual([
    "/channels/5/threads/archived/public",
    "/channels/5/users/@me/threads/archived/private",
    "/channels/5/threads/archived/public",
    "/channels/5/users/@me/threads/archived/private",
  ]);
  expect(channels["60"]?.type).toBe(12);
});

it("fetches what no event told of, once", async () => {
  asked.length = 0;
  answer = () => thread("70", 1);
  await fetchChannel("70");
  await fetchChannel("70");
  expect([asked, channels["70"]?.parent_id]).toEqual([["/channels/70"], "5"]);
});

it("asks once after a thread that a message says it has", async () => {
  asked.length = 0;
  answer = () => thread("75", 1);
  askAfter("75");
  askAfter("75");
  await vi.waitFor(() => expect(channels["75"]?.id).toBe("75"));
  askAfter("75");
  expect(asked).toEqual(["/channels/75"]);
});

it("drops a kept thread that is gone by now", async () => {
  putChannel(thread("80", 1));
  status = 404;
  await recheck("80");
  expect(channels["80"]).toBeUndefined();
});
