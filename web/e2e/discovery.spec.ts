/** Guilds that anybody finds and comes into. */
import { expect, test } from "./test";

test("one opens a guild with tags, another finds it and comes in by keyboard", async ({ person, hall }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  const guild = await hall.guild(ada.account);
  await hall.call(ada.account, "PATCH", `/guilds/${guild.id}`, { name: "The Chess Cellar", description: "Slow games." });

  // Ada opens it.
  const { page } = ada;
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/overview`);
  const ways = page.getByRole("radiogroup", { name: "Who can come in" });
  await expect(ways.getByRole("radio", { name: /^Invite only/ })).toHaveAttribute("aria-checked", "true");
  await ways.getByRole("radio", { name: /^Invite only/ }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(ways.getByRole("radio", { name: /^Anyone/ })).toBeFocused();
  const tags = page.getByRole("textbox", { name: "Tags" });
  await tags.focus();
  await page.keyboard.type("Chess, quiet evenings,");
  await page.keyboard.type("CHESS");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "“CHESS” is there already." })).toBeVisible();
  await tags.fill("loud");
  await page.keyboard.press("Enter");
  const list = page.getByRole("list", { name: "Tags of this guild" });
  await expect(list.getByRole("listitem")).toHaveText(["Chess", "quiet evenings", "loud"]);
  // Backspace in an empty line takes the last one back.
  await page.keyboard.press("Backspace");
  await expect(list.getByRole("listitem")).toHaveText(["Chess", "quiet evenings"]);
  await page.getByRole("button", { name: "Save changes" }).press("Enter");
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/audit-log`);
  const entries = page.locator("details").filter({ hasText: "changed the guild" });
  for (const words of ["Who can come in: invite only anyone", "Tags: nothing Chess, quiet evenings"]) {
    const entry = entries.filter({ hasText: words.split(":")[0] ?? "" });
    await entry.locator("summary").press("Enter");
    await expect(entry.locator("p")).toHaveText(words);
  }

  // Grace finds it, with nothing but the keyboard.
  const other = grace.page;
  await other.goto(`${hall.url}/channels/@me`);
  const compass = other.getByRole("button", { name: "Find guilds" });
  await compass.focus();
  await other.keyboard.press("Enter");
  await expect(other.getByRole("heading", { name: "Find guilds" })).toBeVisible();
  const card = other.getByRole("listitem").filter({ has: other.getByRole("heading", { name: "The Chess Cellar" }) });
  await expect(card).toContainText("Slow games.");
  await expect(card).toContainText("1 member");
  const search = other.getByRole("searchbox", { name: "Search guilds" });
  await search.focus();
  await other.keyboard.type("nobody has this");
  await expect(other.getByText("Nothing found")).toBeVisible();
  await search.fill("");
  await other.keyboard.type("cellar quiet");
  await expect(other.getByRole("heading", { name: "Guilds for “cellar quiet” · 1" })).toBeVisible();
  await expect(other.getByRole("status").filter({ hasText: "1 guild found" })).toHaveCount(1);
  await expect(card).toHaveCount(1);
  for (const name of ["Search Chess", "Search quiet evenings", "Join The Chess Cellar"]) {
    await other.keyboard.press("Tab");
    await expect(other.getByRole("button", { name })).toBeFocused();
  }
  await other.keyboard.press("Enter");
  await expect(other).toHaveURL(new RegExp(`/channels/${guild.id}/${guild.channel}$`));
  await expect(grace.composer).toBeVisible();
  await grace.said("found you");
  const members = await hall.call(ada.account, "GET", `/guilds/${guild.id}?with_counts=true`);
  expect(members.approximate_member_count).toBe(2);

  // From now on it is opened there, and not joined again; the way there is also in the window for a new guild.
  await other.getByRole("button", { name: "Add a guild" }).press("Enter");
  await other.getByRole("dialog").getByRole("button", { name: "Find a guild that is open to everybody" }).press("Enter");
  await expect(other).toHaveURL(/\/discover$/);
  await other.getByRole("button", { name: "Open The Chess Cellar" }).press("Enter");
  await expect(grace.composer).toBeVisible();
});

test("on a phone the list is reached from the drawer, and leafed through", async ({ person, hall }) => {
  const ada = await person("ada");
  for (let number = 0; number < 25; number += 1) {
    const made = await hall.call(ada.account, "POST", "/guilds", { name: `Hollow ${number}` });
    await hall.call(ada.account, "PATCH", `/guilds/${made.id}`, { features: ["DISCOVERABLE"], description: "burrow" });
  }
  const { page } = await person("grace");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${hall.url}/channels/@me`);
  await page.getByRole("button", { name: "Show channels" }).click();
  await page.getByRole("button", { name: "Find guilds" }).click();
  await page.getByRole("searchbox", { name: "Search guilds" }).fill("burrow");
  await expect(page.getByText("1 – 24 of 25")).toBeVisible();
  const cards = page.getByRole("list", { name: "Guilds" }).getByRole("heading");
  await expect(cards).toHaveCount(24);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole("button", { name: "Next" }).press("Enter");
  await expect(page.getByText("25 – 25 of 25")).toBeVisible();
  await expect(cards).toHaveText(["Hollow 24"]);
  await expect(page.getByRole("button", { name: "Next" })).toBeDisabled();
  await page.getByRole("button", { name: "Before" }).click();
  await expect(cards).toHaveCount(24);
});

test("staff keeps a guild off the public list, and switches the list off", async ({ person, hall, browser }) => {
  const ada = await person("ada");
  const guild = await hall.guild(ada.account);
  await hall.call(ada.account, "PATCH", `/guilds/${guild.id}`, { name: "Moonlit Bazaar", features: ["DISCOVERABLE"] });
  const { owner } = await hall.begin();
  const context = await browser.newContext();
  await context.addInitScript((token) => localStorage.setItem("guildhall.token", token), owner.token);
  const desk = await context.newPage();
  await desk.goto(`${hall.url}/admin/guilds`);
  await desk.getByRole("searchbox", { name: "Search by name" }).fill("moonlit");
  await desk.getByRole("button", { name: "Take Moonlit Bazaar off the public list" }).click();
  await expect(desk.getByText("Kept off the list")).toBeVisible();

  const { page } = ada;
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/overview`);
  await page.getByRole("radio", { name: /^Anyone/ }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("The staff of this server took it off the public list.").first()).toBeVisible();
  await page.getByRole("button", { name: "Reset" }).click();

  await desk.getByRole("button", { name: "Let Moonlit Bazaar back on the public list" }).click();
  await expect(desk.getByText("Kept off the list")).toHaveCount(0);
  await desk.goto(`${hall.url}/admin/settings`);
  await desk.getByRole("switch", { name: "List of public guilds" }).press("Space");
  await desk.getByRole("button", { name: "Save changes" }).click();
  await expect(desk.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  // Everybody's compass is gone at once.
  await page.goto(`${hall.url}/discover`);
  await expect(page.getByText("There is no public list here")).toBeVisible();
  await expect(page.getByRole("button", { name: "Find guilds" })).toHaveCount(0);
  await hall.call(owner, "PATCH", "/guildhall/v1/admin/settings", { discovery: true });
  await expect(page.getByRole("button", { name: "Find guilds" })).toBeVisible();
  await context.close();
});
