/** Automatic moderation: rules are made, and act before anybody sees a message. */
import { sound } from "./sound";
import { expect, test } from "./test";

test("a rule keeps words out, and tells moderators", async ({ pair: { ada, grace, guild }, hall }) => {
  const log = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "watch", type: 0 });
  const { page } = ada;
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/automod`);
  await page.getByRole("button", { name: "New rule" }).click();
  await page.getByRole("menuitem", { name: "Words and patterns" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".field-error", { hasText: "It needs a word or a pattern." })).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill("No pirates");
  await page.getByLabel("Words", { exact: true }).fill("pirate\nplunder*");
  await page.getByLabel("What its author reads").fill("No pirates here.");
  await page.getByLabel("Tell it in").selectOption({ label: "#watch" });
  await sound(ada, "automod rule");
  await page.getByRole("button", { name: "Save changes" }).click();
  const list = page.getByRole("list", { name: "Rules" });
  await expect(list.getByRole("button", { name: /No pirates/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);

  await grace.said("All quiet");
  await grace.say("I am a pirate");
  await expect(grace.page.getByText(/blocked/).first()).toBeVisible();
  const messages = await hall.call(ada.account, "GET", `/channels/${guild.channel}/messages`);
  expect(messages.map((one: { content: string }) => one.content)).not.toContain("I am a pirate");
  await ada.open(guild.id, log.id);
  await expect(ada.log).toContainText("Automod acted on");
  await expect(ada.log).toContainText("I am a pirate");

  // It is switched off, and says nothing any more.
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/automod`);
  await page.getByRole("switch", { name: "No pirates: on" }).press("Space");
  await expect
    .poll(() => hall.call(ada.account, "GET", `/guilds/${guild.id}/auto-moderation/rules`).then((all) => all[0].enabled))
    .toBe(false);
  await grace.said("A pirate sails by");
  await list.getByRole("button", { name: /No pirates/ }).click();
  await page.getByRole("button", { name: "Delete the rule" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No rules yet")).toBeVisible();
});
