/** History in both directions: what one looks at stays where it is while more comes in. */
import type { Locator } from "@playwright/test";
import { expect, test } from "./test";

const topOf = async (message: Locator): Promise<number> => (await message.boundingBox())?.y ?? Number.NaN;

test("older messages come as one scrolls, and what is read does not jump", async ({ pair: { ada, grace, guild }, hall }) => {
  const made: string[] = [];
  for (let index = 0; index < 160; index += 1) {
    const sent = await hall.say(index % 3 ? ada.account : grace.account, guild.channel, `line ${index} ${"of the long story ".repeat(index % 5)}`);
    made.push(sent.id);
  }
  await ada.page.reload();
  await expect(ada.message(/line 159\b/)).toBeInViewport();
  await expect(ada.message(/line 100\b/)).toHaveCount(0);

  const list = ada.page.locator(".timeline-list");
  const box = await list.boundingBox();
  if (!box) throw new Error("there is no timeline");
  await ada.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  // Up to the very beginning: each page comes in above.
  for (let index = 0; index < 200; index += 1) {
    if (await ada.page.locator(".channel-start").isVisible()) break;
    await ada.page.mouse.wheel(0, -700);
    await ada.page.waitForTimeout(60);
  }
  await expect(ada.page.locator(".channel-start")).toBeVisible();
  await expect(ada.message(/line 0\b/)).toBeVisible();
  await expect(ada.page.getByRole("button", { name: "Jump to the newest messages" })).toBeVisible();

  // Somebody speaks while one reads: nothing moves.
  const anchor = ada.message(/line 1\b/);
  const before = await topOf(anchor);
  await grace.said("news from below");
  await ada.page.waitForTimeout(400);
  expect(Math.abs((await topOf(anchor)) - before)).toBeLessThan(2);
  await ada.page.getByRole("button", { name: "Jump to the newest messages" }).click();
  await expect(ada.message("news from below")).toBeInViewport();

  // A link to an old message shows it, with what surrounds it, and one gets back down.
  const target = made[20] ?? "";
  await ada.page.goto(`${hall.url}/channels/${guild.id}/${guild.channel}/${target}`);
  const found = ada.page.locator(`[data-message="${target}"]`);
  await expect(found).toBeInViewport();
  await expect(found).toHaveClass(/lit/);
  await expect(ada.page.getByText("You are reading older messages")).toBeVisible();
  await ada.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let index = 0; index < 200; index += 1) {
    if (await ada.message("news from below").count()) break;
    await ada.page.mouse.wheel(0, 700);
    await ada.page.waitForTimeout(60);
  }
  await expect(ada.message("news from below")).toBeVisible();
});

test("search finds, and jumps to what was found", async ({ pair: { ada, grace, guild }, hall }) => {
  const old = await hall.say(grace.account, guild.channel, "the password of the vault is swordfish");
  for (let index = 0; index < 60; index += 1) await hall.say(ada.account, guild.channel, `chatter ${index}`);
  await ada.page.reload();
  await expect(ada.message(/chatter 59\b/)).toBeVisible();
  await ada.page.keyboard.press("Control+f");
  await ada.page.getByRole("searchbox", { name: "Search messages" }).first().fill(`swordfish from:${grace.account.name}`);
  await ada.page.keyboard.press("Enter");
  const panel = ada.page.getByRole("complementary", { name: "Search" });
  await expect(panel.getByText("1 found")).toBeVisible();
  const card = panel.locator(".panel-card", { hasText: "swordfish" });
  await card.hover();
  await card.getByRole("button", { name: "Jump" }).click();
  await expect(ada.page.locator(`[data-message="${old.id}"]`)).toBeInViewport();
});
