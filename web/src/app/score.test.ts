import { describe, expect, it } from "vitest";
import { score } from "./score";

describe("score", () => {
  it("prefers whole names, then beginnings, then beginnings of words, then parts", () => {
    const order = ["general", "general-talk", "the-general", "degeneral"].map((name) => score("general", name));
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(new Set(order).size).toBe(order.length);
  });

  it("finds letters in their order, and nothing where they are not", () => {
    expect(score("gnl", "general")).toBeGreaterThan(0);
    expect(score("lng", "general")).toBe(0);
  });
});
