import { beforeEach, expect, it, vi } from "vitest";

let answers: () => Promise<Response>;
let fields: { value: string }[] = [];
const kept = new Map<string, string>();
vi.stubGlobal("fetch", () => answers());
vi.stubGlobal("document", { querySelectorAll: () => fields });
vi.stubGlobal("window", { addEventListener: () => {}, removeEventListener: () => {} });
vi.stubGlobal("sessionStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) });

const { partMissing, unsent } = await import("./renew");
const { clear, setText } = await import("~/composer/draft");
const { discard, outbox, send } = await import("~/message/outbox");

const reload = vi.fn();
const there = async () => new Response(null, { status: 200 });
const gone = () => Promise.reject(new TypeError("no network"));

beforeEach(() => {
  answers = there;
  fields = [];
  kept.clear();
  reload.mockClear();
});

it("loads the page again where the server is there and nothing would be lost, once in a while", async () => {
  await partMissing(reload);
  await partMissing(reload);
  expect(reload).toHaveBeenCalledTimes(1);
});

it("does not without the server", async () => {
  answers = gone;
  await partMissing(reload);
  expect(reload).not.toHaveBeenCalled();
});

it("does not while something is written, on its way, or in a field", async () => {
  setText("5", "half a sentence");
  expect(unsent()).toBe(true);
  await partMissing(reload);
  clear("5");
  expect(unsent()).toBe(false);

  answers = gone;
  await send("5", { content: "hello", files: [] });
  answers = there;
  await partMissing(reload);
  discard(outbox["5"]?.[0]?.nonce ?? "", "5");

  fields = [{ value: "a post" }];
  await partMissing(reload);
  expect(reload).not.toHaveBeenCalled();
});
