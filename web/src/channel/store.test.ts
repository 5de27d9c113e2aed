import { expect, it } from "vitest";
import type { Channel } from "~/wire";
import { channels, nearest, putChannels, resetChannels, sectionsOf } from "./store";

const channel = (id: string, more: object = {}): Channel => ({ id, type: 0, guild_id: "1", ...more }) as Channel;
const thread = (id: string, parent: string, archived: boolean) =>
  channel(id, { type: 11, parent_id: parent, thread_metadata: { archived } });

it("keeps archived threads, of which nobody is told, as long as their channel is there", () => {
  putChannels([channel("5"), channel("6"), thread("51", "5", true), thread("52", "5", false), thread("61", "6", true)]);
  resetChannels("1", [channel("5")]);
  expect(Object.keys(channels)).toEqual(["5", "51"]);
});

it("asks a thread, its channel and its category, the nearest first", () => {
  putChannels([channel("7", { type: 4 }), channel("8", { parent_id: "7" }), thread("9", "8", false)]);
  const asked: string[] = [];
  expect(nearest("9", (id) => void asked.push(id))).toBeUndefined();
  expect(asked).toEqual(["9", "8", "7"]);
  expect(nearest("9", (id) => (id === "8" ? "found" : undefined))).toBe("found");
});

it("leaves what is archived out of the list, wherever it stands", () => {
  putChannels([
    channel("200", { guild_id: "2", type: 4 }),
    channel("201", { guild_id: "2", parent_id: "200" }),
    channel("202", { guild_id: "2", parent_id: "200" }),
    channel("203", { guild_id: "2" }),
    channel("204", { guild_id: "2" }),
    channel("205", { guild_id: "2", type: 2 }),
    channel("206", { guild_id: "2", parent_id: "299" }),
  ]);
  const listed = () => sectionsOf("2").flatMap((section) => section.channels.map((one) => one.id));
  expect(listed()).toEqual(["203", "204", "205", "206", "201", "202"]);
  for (const id of ["202", "203", "205", "206"]) putChannels([{ ...(channels[id] as Channel), archived: true }]);
  expect(listed()).toEqual(["204", "201"]);
  putChannels([{ ...(channels["203"] as Channel), archived: false }]);
  expect(listed()).toEqual(["203", "204", "201"]);
});
