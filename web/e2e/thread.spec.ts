/** A thread and those in it; how much one hears of a channel. */
import { expect, test } from "./test";

test("who starts a thread renames it, brings somebody in and archives it", async ({ pair: { ada, grace, guild }, hall }) => {
  const thread = await hall.call(grace.account, "POST", `/channels/${guild.channel}/threads`, { name: "Lamp oil", type: 11 });
  await grace.open(guild.id, thread.id);
  const members = grace.page.getByRole("complementary", { name: "Members of the thread" });
  await expect(members.getByRole("button", { name: grace.account.name })).toBeVisible();
  await expect(members.getByRole("button", { name: ada.account.name })).toHaveCount(0);

  const row = grace.page.getByRole("navigation", { name: /Channels of/ }).getByRole("button", { name: "Lamp oil", exact: true });
  const choose = async (entry: string) => {
    await row.click({ button: "right" });
    await grace.page.getByRole("menuitem", { name: entry, exact: true }).click();
  };
  await choose("Add people");
  const add = grace.page.getByRole("dialog", { name: "Add people" });
  await add.getByRole("combobox", { name: "Who" }).fill(ada.account.name);
  await grace.page.keyboard.press("Enter");
  await add.getByRole("button", { name: "Add", exact: true }).click();
  await expect(add).toHaveCount(0);
  await expect(members.getByRole("button", { name: ada.account.name })).toBeVisible();

  await choose("Edit the thread");
  const edit = grace.page.getByRole("dialog", { name: "Edit the thread" });
  // Slow mode is for moderators.
  await expect(edit.getByLabel("Slow mode")).toHaveCount(0);
  await edit.getByLabel("Name").fill("Whale oil");
  await edit.getByLabel("Archives itself").selectOption({ label: "After a day" });
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(edit).toHaveCount(0);
  await expect(grace.page.getByRole("heading", { name: "Whale oil" }).first()).toBeVisible();
  const told = await hall.call(grace.account, "GET", `/channels/${thread.id}`);
  expect(told.thread_metadata.auto_archive_duration).toBe(1440);

  // Somebody who moderates locks it, and takes people out again.
  await ada.open(guild.id, thread.id);
  const there = ada.page.getByRole("complementary", { name: "Members of the thread" });
  await there.getByRole("button", { name: grace.account.name }).click({ button: "right" });
  await ada.page.getByRole("menuitem", { name: "Remove from the thread" }).click();
  await expect(there.getByRole("button", { name: grace.account.name })).toHaveCount(0);
  await expect(members.getByRole("button", { name: grace.account.name })).toHaveCount(0);
  await hall.call(grace.account, "PUT", `/channels/${thread.id}/thread-members/@me`);

  await grace.page.getByRole("navigation", { name: /Channels of/ }).getByRole("button", { name: "Whale oil", exact: true }).click({ button: "right" });
  await grace.page.getByRole("menuitem", { name: "Archive", exact: true }).click();
  await expect(grace.page.getByText("This thread is archived.")).toBeVisible();
});

test("a channel is muted for a while, and has a level of its own", async ({ pair: { grace, guild }, hall }) => {
  const settings = async () => {
    const page = grace.page;
    const row = page.getByRole("navigation", { name: /Channels of/ }).getByRole("link", { name: /general/ }).first();
    await row.click({ button: "right" });
    return page;
  };
  let page = await settings();
  await page.getByRole("menuitem", { name: "Mute" }).click();
  await page.getByRole("menuitem", { name: "For an hour" }).click();
  const own = async () => {
    const all = await hall.call(grace.account, "PATCH", `/users/@me/guilds/${guild.id}/settings`, {});
    return all.channel_overrides.find((one: { channel_id: string }) => one.channel_id === guild.channel);
  };
  await expect.poll(async () => (await own())?.muted).toBe(true);
  const left = Date.parse((await own()).mute_config.end_time) - Date.now();
  expect(left).toBeGreaterThan(55 * 60_000);
  expect(left).toBeLessThan(61 * 60_000);

  page = await settings();
  await page.getByRole("menuitem", { name: /^Unmute/ }).click();
  await expect.poll(async () => (await own())?.muted ?? false).toBe(false);

  page = await settings();
  await page.getByRole("menuitem", { name: "Notify me of" }).click();
  await expect(page.getByRole("menuitemradio", { name: "As the guild says" })).toBeChecked();
  await page.getByRole("menuitemradio", { name: "Only mentions" }).click();
  await expect.poll(async () => (await own())?.message_notifications).toBe(1);
});

test("a mention in a muted channel raises a badge and makes no sound", async ({ pair: { ada, grace, guild }, hall }) => {
  const page = grace.page;
  const elsewhere = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "elsewhere", type: 0 });
  await hall.call(grace.account, "PATCH", `/users/@me/guilds/${guild.id}/settings`, {
    channel_overrides: { [guild.channel]: { muted: true, mute_config: null } },
  });
  // Each chime is two tones.
  await page.addInitScript(() => {
    const made = { tones: 0 };
    const create = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
      made.tones += 1;
      return create.call(this);
    };
    Object.assign(window, { made });
  });
  await page.goto(`${hall.url}/channels/${guild.id}/${elsewhere.id}`);
  await expect(grace.composer).toBeVisible();
  await page.locator("body").click({ position: { x: 5, y: 5 } });
  const tones = () => page.evaluate(() => (window as unknown as { made: { tones: number } }).made.tones);
  const row = page.locator(".channel", { has: page.locator(`[data-channel="${guild.channel}"]`) });
  await hall.say(ada.account, guild.channel, `one for <@${grace.account.id}>`);
  await expect(row.getByRole("img", { name: "1 mentions" })).toBeVisible();
  await expect(row).not.toHaveClass(/unread/);
  expect(await tones()).toBe(0);
  await hall.call(grace.account, "PATCH", `/users/@me/guilds/${guild.id}/settings`, {
    channel_overrides: { [guild.channel]: { muted: false, mute_config: null } },
  });
  await expect(row).not.toHaveClass(/muted/);
  await hall.say(ada.account, guild.channel, `two for <@${grace.account.id}>`);
  await expect(row.getByRole("img", { name: "2 mentions" })).toBeVisible();
  await expect(row).toHaveClass(/unread/);
  await expect.poll(tones).toBe(2);
});
