/** Without a mouse, and for those who listen. */
import { expect, test } from "./test";

test("keys lead everywhere", async ({ pair: { ada, guild }, hall }) => {
  const harbour = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "harbour", type: 0 });
  const page = ada.page;
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /Go to/ });
  await expect(field).toBeFocused();
  await field.fill("harb");
  await expect(page.getByRole("option", { name: /harbour/ })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(harbour.id));
  await expect(ada.composer).toBeFocused();

  await page.keyboard.press("Alt+ArrowUp");
  await expect(page).toHaveURL(new RegExp(guild.channel));
  await page.keyboard.press("Alt+ArrowDown");
  await expect(page).toHaveURL(new RegExp(harbour.id));

  await page.keyboard.press("Control+/");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  // Whoever types without being anywhere means the composer.
  await page.locator(".header h1").click();
  await page.keyboard.type("hi there");
  await expect(ada.composer).toHaveValue("hi there");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+b");
  await expect(ada.composer).toHaveValue("**hi there**");
  await page.keyboard.press("Enter");
  await expect((await ada.sees("hi there")).locator("strong")).toHaveText("hi there");

  // Menus open, move and close by keys, and give the focus back.
  const head = page.getByRole("button", { name: `${guild.name}: menu` });
  await head.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await expect(head).toBeFocused();
});

test("windows begin in their first field and give the focus back", async ({ pair: { ada, guild } }) => {
  const { page } = ada;
  const head = page.getByRole("button", { name: `${guild.name}: menu` });
  const add = page.getByRole("button", { name: "Add a guild" });
  await add.press("Enter");
  await expect(page.getByRole("dialog").getByLabel("Name", { exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(add).toBeFocused();

  // What was asked for in a menu gives it back to whoever opened the menu.
  await head.press("Enter");
  await page.getByRole("menuitem", { name: "Create a channel" }).press("Enter");
  await expect(page.getByRole("dialog").getByLabel("Name", { exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(head).toBeFocused();

  await ada.composer.focus();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: /Go to/ })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(ada.composer).toBeFocused();
});

test("rows that are links have their menu, by the right button and by keys", async ({ pair: { ada, grace, guild }, hall }) => {
  const { page } = ada;
  const link = page.locator(`.channel-link[data-channel="${guild.channel}"]`);
  await link.click({ button: "right" });
  await expect(page.getByRole("menuitem", { name: "Delete" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await link.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Edit" }).press("Enter");
  await expect(page.getByRole("dialog", { name: "Edit the channel" })).toBeVisible();
  await page.keyboard.press("Escape");

  const direct = await hall.call(ada.account, "POST", "/users/@me/channels", { recipient_id: grace.account.id });
  await hall.say(grace.account, direct.id, "Are you there?");
  await page.goto(`${hall.url}/channels/@me`);
  await page.locator(`.direct[data-channel="${direct.id}"]`).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Close" }).click();
  await expect(page.locator(`.direct[data-channel="${direct.id}"]`)).toHaveCount(0);
});

test("what is too long to be sent says so, and an address that leads nowhere leads home", async ({ pair: { ada }, hall }) => {
  const { page } = ada;
  await ada.composer.fill("x".repeat(4500));
  await ada.composer.press("Enter");
  await expect(page.getByText(/too long to send/)).toBeVisible();
  await expect(ada.composer).not.toHaveValue("");
  await page.goto(`${hall.url}/channels/1/2`);
  await expect(page.getByText("No such guild")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Nothing here", level: 1 })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Direct messages" })).toBeVisible();
  await page.getByRole("button", { name: "Go home" }).click();
  await expect(page).toHaveURL(/@me$/);
});
