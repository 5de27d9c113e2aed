import { describe, expect, it } from "vitest";
import type { Command } from "~/wire";
import { build, gather, missing, pathsOf } from "./options";

const command = (options: Command["options"]): Command => ({
  id: "1",
  application_id: "2",
  version: "3",
  type: 1,
  name: "play",
  description: "",
  ...(options ? { options } : {}),
});

describe("a command's form", () => {
  it("is one way without sub-commands, and one for each of them", () => {
    expect(pathsOf(command(undefined))).toEqual([{ names: [], kinds: [], options: [] }]);
    const sub = { type: 1, name: "add", description: "", options: [{ type: 3, name: "what", description: "" }] };
    const paths = pathsOf(command([{ type: 2, name: "queue", description: "", options: [sub] }]));
    expect(paths).toMatchObject([{ names: ["queue", "add"], kinds: [2, 1] }]);
    const path = paths[0];
    if (!path) throw new Error("no path");
    expect(build(path, { what: "song" })).toEqual([
      { type: 2, name: "queue", options: [{ type: 1, name: "add", options: [{ type: 3, name: "what", value: "song" }] }] },
    ]);
  });

  it("sends values in their types, and leaves out what is empty", () => {
    const path = pathsOf(
      command([
        { type: 4, name: "count", description: "", required: true },
        { type: 5, name: "loud", description: "" },
        { type: 3, name: "note", description: "" },
      ]),
    )[0];
    if (!path) throw new Error("no path");
    expect(missing(path, {})).toEqual(["count"]);
    expect(build(path, { count: "3", loud: "false", note: "" })).toEqual([
      { type: 4, name: "count", value: 3 },
      { type: 5, name: "loud", value: false },
    ]);
    expect(build(path, { count: "3" }, "note")).toContainEqual({ type: 3, name: "note", value: "", focused: true });
  });

  it("names files by their place", () => {
    const file = (name: string) => new File(["x"], name);
    const option = (type: number, name: string) => ({ type, name, description: "", required: true });
    const path = pathsOf(command([option(11, "before"), option(3, "note"), option(11, "after")]))[0];
    if (!path) throw new Error("no path");
    expect(missing(path, { note: "a" })).toEqual(["before", "after"]);
    const files = { after: file("b.png"), before: file("a.png"), note: file("never.png") };
    const sent = gather(path, { note: "a" }, files);
    expect(sent.files.map((one) => one.name)).toEqual(["a.png", "b.png"]);
    expect(missing(path, sent.values)).toEqual([]);
    expect(build(path, sent.values)).toEqual([
      { type: 11, name: "before", value: "0" },
      { type: 3, name: "note", value: "a" },
      { type: 11, name: "after", value: "1" },
    ]);
  });
});
