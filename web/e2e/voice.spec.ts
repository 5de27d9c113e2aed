/** Voice and stages: who is there, who speaks, and sounds that all of them hear. */
import type { Person } from "./person";
import { sound } from "./sound";
import { expect, test } from "./test";

const at = (who: Person, guild: string, channel: string) => who.page.goto(`${who.hall.url}/channels/${guild}/${channel}`);

test("two are in voice, and one hears the sound that the other plays", async ({ pair: { ada, grace, guild }, hall }) => {
  const room = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "Lounge", type: 2 });
  for (const who of [ada, grace]) await at(who, guild.id, room.id);
  const panel = (who: Person) => who.page.getByRole("region", { name: "In voice", exact: true });
  await expect(panel(ada).getByText("Nobody is here.")).toBeVisible();
  for (const who of [ada, grace]) {
    await panel(who).getByRole("button", { name: "Join" }).click();
    await expect(who.page.getByRole("region", { name: "Your place in voice" })).toContainText("Lounge");
  }
  await expect(panel(ada).getByRole("listitem")).toHaveCount(2);

  // What is played is heard as an element of the page.
  await grace.page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      heard.push(`${new URL(this.src).pathname} ${this.volume}`);
      return Promise.resolve();
    };
  });
  await panel(ada).getByRole("button", { name: "Soundboard" }).click();
  const board = ada.page.getByRole("dialog", { name: "Soundboard" });
  await board.getByRole("searchbox", { name: "Find a sound" }).fill("knock");
  await sound(ada, "soundboard");
  await board.getByRole("button", { name: "knock" }).click();
  await expect.poll(() => grace.page.evaluate(() => (window as unknown as { heard: string[] }).heard)).toEqual([
    expect.stringMatching(/^\/cdn\/soundboard-sounds\/\d+ 1$/),
  ]);
  await expect(panel(grace).getByRole("listitem").filter({ hasText: ada.account.name })).toContainText("🚪");
  await ada.page.keyboard.press("Escape");

  await panel(grace).getByRole("button", { name: "Mute yourself" }).click();
  await expect(panel(ada).getByLabel("Muted")).toBeVisible();
  await sound(grace, "voice");
  await panel(grace).getByRole("button", { name: "Leave" }).click();
  await expect(panel(ada).getByRole("listitem")).toHaveCount(1);
  await expect(grace.page.getByRole("region", { name: "Your place in voice" })).toHaveCount(0);
});

test("a stage begins, a listener asks to speak and is let, and it ends", async ({ pair: { ada, grace, guild }, hall }) => {
  const room = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "Theatre", type: 13 });
  for (const who of [ada, grace]) await at(who, guild.id, room.id);
  const stage = (who: Person) => who.page.getByRole("region", { name: "Stage" });
  await expect(stage(grace).getByRole("button", { name: "Begin" })).toHaveCount(0);
  await stage(ada).getByRole("button", { name: "Begin" }).click();
  const dialog = ada.page.getByRole("dialog", { name: "Begin on the stage" });
  await dialog.getByLabel("Topic").fill("The tides of May");
  await sound(ada, "beginning on a stage");
  await dialog.getByRole("button", { name: "Begin" }).click();
  await expect(stage(grace).getByRole("heading", { name: "The tides of May" })).toBeVisible();
  const list = grace.page.getByRole("navigation", { name: `Channels of ${guild.name}` });
  await expect(list.getByRole("link", { name: /Theatre/ })).toContainText("Live");

  await stage(ada).getByRole("button", { name: "Come on the stage" }).click();
  await expect(stage(ada).getByRole("list", { name: "Speakers" })).toContainText(ada.account.name);
  await stage(grace).getByRole("button", { name: "Join the audience" }).click();
  await expect(stage(ada).getByRole("list", { name: "Audience" })).toContainText(grace.account.name);
  await stage(grace).getByRole("button", { name: "Ask to speak" }).click();
  await sound(ada, "stage with somebody who asks");
  await stage(ada).getByRole("button", { name: `Let speak ${grace.account.name}` }).click();
  await stage(grace).getByRole("button", { name: "Speak", exact: true }).click();
  await expect(stage(ada).getByRole("list", { name: "Speakers" })).toContainText(grace.account.name);
  await stage(ada).getByRole("button", { name: `Move ${grace.account.name} to the audience` }).click();
  await expect(stage(grace).getByRole("button", { name: "Ask to speak" })).toBeVisible();

  await stage(ada).getByRole("button", { name: "Change the topic" }).click();
  await ada.page.getByRole("dialog").getByLabel("Topic").fill("The tides of June");
  await ada.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(stage(grace).getByRole("heading", { name: "The tides of June" })).toBeVisible();
  await expect(grace.log).toContainText("changed the topic: The tides of June");
  await stage(ada).getByRole("button", { name: "End" }).click();
  await ada.page.getByRole("dialog").getByRole("button", { name: "End" }).click();
  await expect(stage(grace).getByRole("heading", { name: "Nothing is on this stage" })).toBeVisible();
});
