import { beforeEach, describe, expect, it, vi } from "vitest";

const location = { pathname: "/channels/1/2", search: "", hash: "" };
const visited: string[] = [];
const go = (kind: string) => (_: unknown, __: string, to: string) => {
  visited.push(`${kind} ${to}`);
  location.pathname = to;
};
vi.stubGlobal("location", location);
vi.stubGlobal("history", { pushState: go("push"), replaceState: go("replace") });
vi.stubGlobal("window", { addEventListener: () => {} });

const { askBeforeLeaving, navigate, path, placeOf } = await import("./router");

describe("an address", () => {
  it.each([
    ["/channels/@me/5", { kind: "home", channel: "5" }],
    ["/channels/1/2/3", { kind: "guild", guild: "1", channel: "2", message: "3" }],
    ["/invite/caf%C3%A9", { kind: "invite", code: "café" }],
    ["/channels/%E0%A4%A", { kind: "guild", guild: "%E0%A4%A" }],
    ["/invite/%", { kind: "invite", code: "%" }],
    ["/discover", { kind: "discover" }],
  ])("%s is a place", (pathname, place) => expect(placeOf(pathname)).toEqual(place));
});

describe("going somewhere", () => {
  beforeEach(() => {
    visited.length = 0;
    askBeforeLeaving(() => true);
    navigate("/channels/1/2");
    visited.length = 0;
  });

  it("is asked of whoever holds the page", () => {
    askBeforeLeaving(() => false);
    navigate("/channels/1/9");
    expect([path(), visited]).toEqual(["/channels/1/2", []]);
    navigate("/login", { force: true, replace: true });
    expect([path(), visited]).toEqual(["/login", ["replace /login"]]);
  });
});
