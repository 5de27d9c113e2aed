import { describe, expect, it } from "vitest";
import type { Poll } from "~/wire";
import { isOver, minesOf, problemOf, remaining, tally, totalOf, vote } from "./tally";

const poll = (): Poll => ({
  question: { text: "Tea or coffee?" },
  answers: [
    { answer_id: 1, poll_media: { text: "Tea" } },
    { answer_id: 2, poll_media: { text: "Coffee" } },
  ],
  expiry: "2026-01-02T00:00:00Z",
  allow_multiselect: false,
  layout_type: 1,
});
const at = (text: string) => Date.parse(text);

describe("polls", () => {
  it("counts votes, one's own once", () => {
    const one = poll();
    vote(one, 1, 1, true);
    vote(one, 1, 1, true);
    vote(one, 2, 1, false);
    vote(one, 2, 1, false);
    expect(totalOf(one)).toBe(3);
    expect(minesOf(one)).toEqual([1]);
    expect(tally(one).map(({ id, percent, leads }) => [id, percent, leads])).toEqual([
      [1, 33, false],
      [2, 67, true],
    ]);
    vote(one, 1, -1, true);
    vote(one, 1, -1, true);
    expect(totalOf(one)).toBe(2);
    vote(one, 1, -1, false);
    expect(tally(one)[0]?.count).toBe(0);
  });

  it("says how long it goes", () => {
    expect(remaining(poll(), at("2026-01-01T23:59:30Z"))).toBe("1 minute left");
    expect(remaining(poll(), at("2026-01-01T01:00:00Z"))).toBe("23 hours left");
    expect(remaining(poll(), at("2025-12-20T00:00:00Z"))).toBe("13 days left");
    expect(remaining(poll(), at("2026-01-02T00:00:00Z"))).toBe("Ended");
    expect(isOver({ ...poll(), results: { is_finalized: true, answer_counts: [] } }, 0)).toBe(true);
    expect(remaining({ ...poll(), expiry: null }, 0)).toBe("No end");
  });

  it("needs a question and different answers", () => {
    const answer = (text: string) => ({ text, emoji: {} });
    expect(problemOf("Which?", [answer("a"), answer("b"), answer("")])).toBeNull();
    expect(problemOf(" ", [answer("a")])).toMatch(/question/);
    expect(problemOf("Which?", [answer(" ")])).toMatch(/answer/);
    expect(problemOf("Which?", [answer("A"), answer("a ")])).toMatch(/same/);
  });
});
