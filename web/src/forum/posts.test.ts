import { describe, expect, it } from "vitest";
import type { Channel } from "~/wire";
import { arrange, problemOf, toggleTag } from "./posts";

const post = (id: string, more: Partial<Channel> = {}): Channel => ({ id, type: 11, name: `Post ${id}`, ...more });
const archived = { archived: true, archive_timestamp: "", auto_archive_duration: 60, locked: false };
const ids = (posts: Channel[]) => posts.map((one) => one.id);

describe("posts of a forum", () => {
  const posts = [
    post("1", { last_message_id: "90" }),
    post("2", { applied_tags: ["t"] }),
    post("3", { flags: 2, thread_metadata: archived }),
    post("4", { thread_metadata: archived, applied_tags: ["u"] }),
  ];

  it("stand by what was said last, pinned ones first, archived ones apart", () => {
    const { active, older } = arrange(posts, { order: 0, tags: [], text: "" });
    expect([ids(active), ids(older)]).toEqual([["3", "1", "2"], ["4"]]);
  });

  it("stand by when they were made", () => {
    expect(ids(arrange(posts, { order: 1, tags: [], text: "" }).active)).toEqual(["3", "2", "1"]);
  });

  it("are found by tags and titles", () => {
    expect(ids(arrange(posts, { order: 0, tags: ["t", "u"], text: "" }).active)).toEqual(["2"]);
    expect(ids(arrange(posts, { order: 0, tags: [], text: "post 4" }).older)).toEqual(["4"]);
  });

  it("need what their forum asks for", () => {
    const whole = { title: "Oars", content: "New ones", tags: [], files: 0 };
    expect(problemOf({}, whole)).toBeNull();
    expect(problemOf({}, { ...whole, title: " " })).toMatch(/title/);
    expect(problemOf({}, { ...whole, content: "" })).toMatch(/message/);
    expect(problemOf({}, { ...whole, content: "", files: 1 })).toBeNull();
    expect(problemOf({ flags: 16 }, whole)).toMatch(/tag/);
  });

  it("have five tags at most", () => {
    expect(toggleTag(["a"], "a")).toEqual([]);
    expect(toggleTag(["1", "2", "3", "4", "5"], "6")).toHaveLength(5);
  });
});
