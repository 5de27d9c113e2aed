import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./error";
import { api, waitOf } from "./rest";

describe("seconds to wait", () => {
  it.each([
    ["the header alone", "2", {}, 2],
    ["the body, which is finer", "2", { retry_after: 1.25 }, 1.25],
    ["neither", null, {}, null],
    ["a date", "Wed, 21 Oct 2026 07:28:00 GMT", {}, null],
    ["nothing", "0", {}, null],
  ])("are those of %s", (_, header, body, expected) => {
    expect(waitOf({ headers: new Headers(header === null ? {} : { "retry-after": header }) }, body)).toBe(expected);
  });
});

describe("a call that is told to wait", () => {
  const asked: number[] = [];
  let answers: Response[] = [];
  const limited = (body: object = { retry_after: 2 }) =>
    new Response(JSON.stringify(body), { status: 429, headers: { "retry-after": "2" } });

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", async () => {
      asked.push(Date.now());
      return answers.shift() ?? new Response("{}");
    });
    asked.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("comes again once, and not before two seconds are over", async () => {
    // The body says so, or the header alone.
    for (const first of [limited(), limited({})]) {
      asked.length = 0;
      answers = [first, new Response(JSON.stringify({ id: "7" }))];
      const began = Date.now();
      const answer = api.post<{ id: string }>("/channels/5/messages", { content: "again" });
      await vi.advanceTimersByTimeAsync(1999);
      expect(asked).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(200);
      expect((await answer).id).toBe("7");
      await vi.advanceTimersByTimeAsync(60_000);
      expect(asked).toHaveLength(2);
      expect((asked[1] ?? 0) - began).toBeGreaterThanOrEqual(2000);
    }
  });

  it("gives up after three more", async () => {
    answers = Array.from({ length: 9 }, () => limited());
    const answer = api.get("/users/@me").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answer).toBeInstanceOf(ApiError);
    expect(asked).toHaveLength(4);
  });

  it("does not come again where slow mode asks for it", async () => {
    answers = [limited({ code: 20016, retry_after: 2 })];
    const answer = api.post("/channels/5/messages").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answer).toMatchObject({ status: 429, retryAfter: 2 });
    expect(asked).toHaveLength(1);
  });
});
