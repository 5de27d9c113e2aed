import { expect, it, vi } from "vitest";
import type { Message } from "~/wire";

vi.stubGlobal("location", { pathname: "/", href: "https://hall.example/", search: "", hash: "" });
vi.stubGlobal("window", { addEventListener: () => {} });
const { dropFirsts, firstOf, noteFirst } = await import("./store");

const first = (id: string): Message => ({ id, channel_id: id, content: "a post", author: { id: "5" } }) as unknown as Message;

it("forgets what posts began with when it is deleted", () => {
  noteFirst(first("7"));
  noteFirst(first("8"));
  dropFirsts(["7", "9"]);
  expect(firstOf("7")).toBeUndefined();
  expect(firstOf("8")?.content).toBe("a post");
});
