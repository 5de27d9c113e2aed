/** What is not for the young is shown when somebody said how old they are. */
import { sound } from "./sound";
import { expect, test } from "./test";

test("an age-restricted channel asks once in a guild", async ({ pair: { ada, grace, guild }, hall }) => {
  const { page } = grace;
  const cellar = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "cellar", type: 0, nsfw: true });
  const attic = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "attic", type: 0, nsfw: true });
  await hall.say(ada.account, cellar.id, "Not for children");
  await page.goto(`${hall.url}/channels/${guild.id}/${cellar.id}`);
  await expect(page.getByText("Only for adults")).toBeVisible();
  await expect(page.getByText("Not for children")).toHaveCount(0);
  await expect(grace.composer).toHaveCount(0);
  await sound(grace, "asked for the age");
  await page.getByRole("button", { name: "No, go back" }).click();
  await expect(page).toHaveURL(/@me$/);

  await page.goto(`${hall.url}/channels/${guild.id}/${cellar.id}`);
  await page.getByRole("button", { name: "I am 18 or older" }).click();
  await grace.sees("Not for children");
  await page.goto(`${hall.url}/channels/${guild.id}/${attic.id}`);
  await expect(grace.composer).toBeVisible();
});
