import { beforeEach, expect, it, vi } from "vitest";

/** A page of a browser: its storage is shared with the others, its address is its own. */
const kept = new Map<string, string>();
const page = { pathname: "/channels/1/2", search: "", hash: "", assign: vi.fn(), reload: vi.fn() };
const heard: Record<string, (event: object) => void> = {};
const connected: string[] = [];
const store = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};
vi.stubGlobal("localStorage", store);
vi.stubGlobal("sessionStorage", store);
vi.stubGlobal("location", page);
vi.stubGlobal("history", { pushState: () => {}, replaceState: () => {} });
vi.stubGlobal("window", { addEventListener: (name: string, hear: (event: object) => void) => (heard[name] = hear) });
let answer = () => new Response("{}");
vi.stubGlobal("fetch", async () => answer());
vi.mock("./dispatch", () => ({ hear: () => {} }));
vi.mock("~/net/socket", () => ({ connect: (token: string) => void connected.push(token), disconnect: () => {} }));

const TOKEN = "guildhall.token";

async function open(token: string | null) {
  vi.resetModules();
  kept.clear();
  if (token) kept.set(TOKEN, token);
  const rest = await import("~/net/rest");
  const session = await import("./session");
  session.start();
  return { ...session, refused: rest.refused };
}

beforeEach(() => {
  page.assign.mockClear();
  page.reload.mockClear();
  connected.length = 0;
  page.pathname = "/channels/1/2";
});

it("takes the newer token that another page of this browser has put there", async () => {
  const one = await open("ada.old");
  kept.set(TOKEN, "ada.new");
  one.refused();
  expect([kept.get(TOKEN), one.token(), connected]).toEqual(["ada.new", "ada.new", ["ada.old", "ada.new"]]);
  expect(page.assign).not.toHaveBeenCalled();
});

it("waits for the token that another page is about to get", async () => {
  const one = await open("ada.old");
  kept.set("guildhall.changing", String(Date.now()));
  one.refused();
  one.refused();
  expect([page.assign.mock.calls.length, one.token()]).toEqual([0, "ada.old"]);
  kept.set(TOKEN, "ada.new");
  heard.storage?.({ key: TOKEN, newValue: "ada.new" });
  expect(one.token()).toBe("ada.new");
  expect(page.assign).not.toHaveBeenCalled();
});

it("is over where that page gets none", async () => {
  const one = await open("ada.old");
  kept.set("guildhall.changing", String(Date.now()));
  one.refused();
  kept.delete("guildhall.changing");
  heard.storage?.({ key: "guildhall.changing", newValue: null });
  await vi.waitFor(() => expect(page.assign).toHaveBeenCalledWith("/login"));
});

it("begins anew where somebody else has logged in", async () => {
  const one = await open("ada.old");
  kept.set(TOKEN, "grace.new");
  one.refused();
  expect(kept.get(TOKEN)).toBe("grace.new");
  expect(page.reload).toHaveBeenCalled();
});

it("is over where nobody has a newer token, and comes back to where it was", async () => {
  const one = await open("ada.old");
  one.refused();
  await vi.waitFor(() => expect(page.assign).toHaveBeenCalledWith("/login"));
  expect(kept.get(TOKEN)).toBeUndefined();
  expect(kept.get("guildhall.after")).toBe("/channels/1/2");
});

const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
const suspended = (until: string | null) => ({ code: 7_000_002, message: "", suspended_until: until });

it.each([
  ["ended, or gone", 401, { code: 0, message: "401: Unauthorized" }, /^You were logged out\. This login was ended/],
  ["suspended for a while", 403, suspended(tomorrow), new RegExp(`until .*${new Date(tomorrow).getFullYear()}, \\d\\d:\\d\\d\\.$`)],
  ["suspended for good", 403, suspended(null), /suspended, until somebody/],
  ["suspended until a moment ago", 403, suspended(new Date(Date.now() - 1000).toISOString()), /^$/],
])("says why it is over: %s", async (_, status, body, expected) => {
  const one = await open("ada.old");
  answer = () => new Response(JSON.stringify(body), { status });
  one.refused();
  one.refused();
  await vi.waitFor(() => expect(page.assign).toHaveBeenCalledTimes(1));
  answer = () => new Response("{}");
  const { lastWord } = await import("./farewell");
  expect(lastWord()).toMatch(expected);
  one.logIn("ada.new");
  expect(lastWord()).toBe("");
});

it("says nothing to who logs out", async () => {
  const one = await open("ada.old");
  await one.logOut();
  expect(kept.has("guildhall.farewell")).toBe(false);
});

it("leaves another page's token when one logs out here", async () => {
  const one = await open("ada.old");
  kept.set(TOKEN, "ada.new");
  await one.logOut();
  expect(kept.get(TOKEN)).toBe("ada.new");
});

it("begins where another page of this browser logs in", async () => {
  page.pathname = "/login";
  const one = await open(null);
  heard.storage?.({ key: TOKEN, newValue: "ada.new" });
  expect([one.loggedIn(), connected]).toEqual([true, ["ada.new"]]);
});
