import { describe, expect, it } from "vitest";
import { askAddress, hostOf, readAsk } from "./scopes";

describe("what third parties ask for", () => {
  it("is read from the address", () => {
    const ask = readAsk("?client_id=1&scope=bot%20identify&permissions=8&guild_id=5&disable_guild_select=true&evil=1");
    expect(ask).toEqual({
      query: { client_id: "1", scope: "bot identify" },
      scopes: ["bot", "identify"],
      permissions: 8n,
      guild: "5",
      fixed: true,
    });
    expect(readAsk("?permissions=lots").permissions).toBe(0n);
  });

  it("is put together for those who make applications", () => {
    const parts = { client: "1", scopes: ["bot"], permissions: 8n, redirect: "https://a.example/back" };
    expect(askAddress("https://hall", parts)).toBe("https://hall/oauth2/authorize?client_id=1&scope=bot&permissions=8");
    const login = new URL(askAddress("https://hall", { ...parts, scopes: ["identify"] }));
    expect(login.searchParams.get("response_type")).toBe("code");
    expect(login.searchParams.get("redirect_uri")).toBe("https://a.example/back");
    expect(login.searchParams.has("permissions")).toBe(false);
  });

  it("names where it leads", () => {
    expect(hostOf("https://a.example/back?x")).toBe("a.example");
    expect(hostOf("app://back")).toBe("app://");
  });
});
