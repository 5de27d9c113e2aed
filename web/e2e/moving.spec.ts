/** Going back and forth: addresses, history, panels, and what was written meanwhile. */
import { expect, test } from "./test";

test("an archived thread opens by its address, its link and the list of threads", async ({ pair: { ada, grace, guild }, hall }) => {
  const start = await hall.say(ada.account, guild.channel, "Shall we build a tower?");
  const thread = await hall.call(ada.account, "POST", `/channels/${guild.channel}/messages/${start.id}/threads`, { name: "Tower" });
  const inside = await hall.say(ada.account, thread.id, "Of stone.");
  const closed = await hall.call(ada.account, "POST", `/channels/${guild.channel}/threads`, { name: "Cellar", type: 12 });
  for (const one of [thread, closed]) await hall.call(ada.account, "PATCH", `/channels/${one.id}`, { archived: true });

  const { page } = grace;
  const heading = page.getByRole("heading", { name: "Tower", level: 1 });
  await page.goto(`${hall.url}/channels/${guild.id}/${thread.id}`);
  await expect(heading).toBeVisible();
  await grace.sees("Of stone.");
  await expect(page.getByText("This thread is archived.")).toBeVisible();

  await page.goto(`${hall.url}/channels/${guild.id}/${thread.id}/${inside.id}`);
  await expect(page.locator(`[data-message="${inside.id}"]`)).toBeInViewport();
  await expect(page).toHaveURL(new RegExp(`/${thread.id}$`));

  await grace.open(guild.id, guild.channel);
  await page.locator(".thread-link", { hasText: "Tower" }).click();
  await expect(heading).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Tower", level: 1 })).toHaveCount(0);

  // Private ones are listed for those who take part, or moderate.
  await page.reload();
  await page.getByRole("button", { name: "Threads" }).click();
  const panel = page.getByRole("complementary", { name: "Threads" });
  await expect(panel.getByText("Archived · 1")).toBeVisible();
  await ada.page.reload();
  await ada.page.getByRole("button", { name: "Threads" }).click();
  await expect(ada.page.getByRole("complementary", { name: "Threads" }).getByText("Archived · 2")).toBeVisible();
  await panel.getByRole("button", { name: /Tower/ }).click();
  await expect(heading).toBeVisible();

  await page.goto(`${hall.url}/channels/${guild.id}/${closed.id}`);
  await expect(page.getByText("No such channel")).toBeVisible();
});

test("the way back does not come to addresses that only lead on, and a broken one leads home", async ({ pair: { ada, guild }, hall }) => {
  const { page } = ada;
  const said = await hall.say(ada.account, guild.channel, "first words");
  await page.goto(`${hall.url}/channels/@me`);
  await expect(page.getByRole("heading", { name: "Friends" })).toBeVisible();
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, `/channels/${guild.id}/${guild.channel}/${said.id}`);
  await expect(page.locator(`[data-message="${said.id}"]`)).toHaveClass(/lit/);
  await expect(page).toHaveURL(new RegExp(`/${guild.channel}$`));
  await page.goBack();
  await expect(page).toHaveURL(/@me$/);
  await page.goto(`${hall.url}/channels/${guild.id}`);
  await expect(page).toHaveURL(new RegExp(`/${guild.channel}$`));
  await page.goBack();
  await expect(page).toHaveURL(/@me$/);

  await page.goto(`${hall.url}/channels/%E0%A4%A`);
  await expect(page.getByText("No such guild")).toBeVisible();
  await page.getByRole("button", { name: "Go home" }).click();
  await expect(page.getByRole("heading", { name: "Friends" })).toBeVisible();
});

test("a guild opens that is told of later than its address", async ({ pair: { ada }, person, hall }) => {
  const late = await person("late");
  const guild = await hall.guild(ada.account);
  await late.page.goto(`${hall.url}/channels/${guild.id}`);
  await expect(late.page.getByText("No such guild")).toBeVisible();
  const code = await hall.invite(ada.account, guild);
  await hall.call(late.account, "POST", `/invites/${code}`, {});
  await expect(late.page).toHaveURL(new RegExp(`/${guild.channel}$`));
  await expect(late.composer).toBeVisible();
});

test("what one says while reading history is seen, and so is that it was not sent", async ({ pair: { ada, guild }, hall }) => {
  const { page } = ada;
  const made: string[] = [];
  for (let index = 0; index < 90; index += 1) made.push((await hall.say(ada.account, guild.channel, `line ${index}`)).id);
  const visit = async () => {
    await page.goto(`${hall.url}/channels/${guild.id}/${guild.channel}/${made[5]}`);
    await expect(ada.message(/line 5$/)).toBeInViewport();
    await expect(page.getByText("You are reading older messages")).toBeVisible();
  };
  await visit();
  await ada.say("I was here");
  await expect(ada.message("I was here")).toBeInViewport();
  await expect(ada.message(/line 89$/)).toBeVisible();

  await visit();
  await page.route("**/messages", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await ada.say("lost words");
  await expect(ada.log.getByRole("alert")).toContainText("Not sent");
  await expect(ada.message("lost words")).toBeInViewport();
});

test("an answer's line near the end does not let go of the end", async ({ pair: { ada, grace, guild }, hall }) => {
  for (let index = 0; index < 30; index += 1) await hall.say(ada.account, guild.channel, `line ${index}`);
  const said = await hall.say(ada.account, guild.channel, "a question");
  await hall.say(ada.account, guild.channel, "an answer", { message_reference: { message_id: said.id } });
  await ada.page.reload();
  await expect(ada.message("an answer")).toBeInViewport();
  await ada.page.getByRole("button", { name: /^Answers/ }).click();
  await expect(ada.page.locator(`[data-message="${said.id}"]`)).toHaveClass(/lit/);
  await expect(ada.page.getByRole("button", { name: "Jump to the newest messages" })).toHaveCount(0);
  for (let index = 0; index < 20; index += 1) await grace.say(`more ${index}`);
  await expect(ada.message(/more 19$/)).toBeInViewport();
});

test("an edit is brought into sight, and keeps its text when it leaves it", async ({ pair: { ada, grace, guild }, hall }) => {
  const { page } = ada;
  const mine = await hall.say(ada.account, guild.channel, "my old words");
  for (let index = 0; index < 45; index += 1) await hall.say(grace.account, guild.channel, `line ${index} ${"of a long story ".repeat(20)}`);
  await page.reload();
  await expect(ada.message(/line 44\b/)).toBeInViewport();
  const box = page.getByRole("textbox", { name: "Edit the message" });
  await ada.composer.press("ArrowUp");
  await expect(page.locator(`[data-message="${mine.id}"]`)).toBeInViewport();
  await expect(box).toBeFocused();
  await box.fill("my new words");
  await page.getByRole("button", { name: "Jump to the newest messages" }).click();
  await expect(ada.message(/line 44\b/)).toBeInViewport();
  await expect(box).toHaveCount(0);
  await ada.composer.focus();
  await ada.composer.press("ArrowUp");
  await expect(box).toHaveValue("my new words");
  await box.press("Enter");
  await grace.page.reload();
  await expect(page.locator(`[data-message="${mine.id}"]`)).toContainText("my new words");
});

test("on a phone a jump shows the channel", async ({ pair: { ada, guild }, hall }) => {
  const { page } = ada;
  const old = await hall.say(ada.account, guild.channel, "the first stone");
  await hall.call(ada.account, "PUT", `/channels/${guild.channel}/messages/pins/${old.id}`);
  for (let index = 0; index < 70; index += 1) await hall.say(ada.account, guild.channel, `line ${index}`);
  await page.setViewportSize({ width: 390, height: 800 });
  await page.reload();
  await expect(ada.message(/line 69$/)).toBeInViewport();
  await page.getByRole("button", { name: "Pinned messages" }).click();
  await page.locator(".panel-card", { hasText: "the first stone" }).getByRole("button", { name: "Jump" }).click();
  await expect(page.getByRole("complementary", { name: "Pinned messages" })).toHaveCount(0);
  await expect(page.locator(`[data-message="${old.id}"]`)).toBeInViewport();
});

test("a search keeps its page over a jump to another channel", async ({ pair: { ada, guild }, hall }) => {
  const { page } = ada;
  const harbour = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "harbour", type: 0 });
  for (let index = 0; index < 30; index += 1) await hall.say(ada.account, harbour.id, `herring ${index}`);
  await page.keyboard.press("Control+f");
  await page.getByRole("searchbox", { name: "Search messages" }).first().fill("herring");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Search" });
  await panel.getByRole("button", { name: "Next" }).click();
  await expect(panel.getByText("2 of 2")).toBeVisible();
  const card = panel.locator(".panel-card", { hasText: /herring 0(?!\d)/ });
  await card.hover();
  await card.getByRole("button", { name: "Jump" }).click();
  await expect(page).toHaveURL(new RegExp(harbour.id));
  await expect(panel.getByText("2 of 2")).toBeVisible();
});

test("Escape does one thing at a time", async ({ pair: { ada } }) => {
  const { page } = ada;
  await ada.said("words");
  await page.getByRole("button", { name: "Pinned messages" }).click();
  const panel = page.getByRole("complementary", { name: "Pinned messages" });
  await ada.composer.press("ArrowUp");
  await page.getByRole("textbox", { name: "Edit the message" }).press("Escape");
  await expect(page.getByRole("textbox", { name: "Edit the message" })).toHaveCount(0);
  await expect(panel).toBeVisible();
  await ada.menu(ada.message("words"), "Reply");
  await ada.composer.press("Escape");
  await expect(page.getByText("Replying to")).toHaveCount(0);
  await expect(panel).toBeVisible();
  await ada.composer.press("Escape");
  await expect(panel).toHaveCount(0);
});

test("the composer opens again when a time-out ends", async ({ pair: { ada, grace, guild }, hall }) => {
  const communication_disabled_until = new Date(Date.now() + 6000).toISOString();
  await hall.call(ada.account, "PATCH", `/guilds/${guild.id}/members/${grace.account.id}`, { communication_disabled_until });
  await expect(grace.page.getByText("You are timed out until today at")).toBeVisible();
  await expect(grace.composer).toBeVisible();
  await grace.said("back again");
});

test("unsaved settings are not left by keys", async ({ pair: { ada, guild } }) => {
  const { page } = ada;
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByLabel("Pronouns").fill("they/them");
  await page.keyboard.press("Alt+ArrowDown");
  await expect(page).toHaveURL(/profile$/);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Go to/ }).fill(guild.name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page).toHaveURL(/profile$/);
  await expect(page.getByLabel("Pronouns")).toHaveValue("they/them");
});

test("a new password on one page of a browser leaves the other logged in", async ({ pair: { ada, grace, guild }, hall }) => {
  const { page } = ada;
  const other = await page.context().newPage();
  await other.goto(`${hall.url}/settings/account`);
  await other.getByRole("button", { name: "Change password" }).click();
  const dialog = other.getByRole("dialog", { name: "Change your password" });
  await dialog.getByLabel("Your password").fill("correct horse battery");
  await dialog.getByLabel("New password", { exact: true }).fill("a longer and better one");
  await dialog.getByLabel("New password again").fill("a longer and better one");
  await ada.composer.fill("half a sentence");
  await dialog.getByRole("button", { name: "Change password" }).click();
  await expect(dialog).toHaveCount(0);
  await hall.say(grace.account, guild.channel, "still there?");
  await ada.sees("still there?");
  await ada.composer.press("Enter");
  await grace.sees("half a sentence");
  await expect(page).toHaveURL(new RegExp(guild.channel));
});

test("a dip of the network costs nothing that is written", async ({ pair: { ada } }) => {
  const { page } = ada;
  await ada.composer.fill("half a sentence");
  await page.route("**/assets/**", (route) => route.abort());
  await page.getByRole("button", { name: "Emoji", exact: true }).click();
  await expect(page.getByText("A part of the page could not be loaded")).toBeVisible();
  await expect(page.getByText("The emoji could not be loaded.")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await expect(page.getByText("This part of the page could not be loaded.")).toBeVisible();
  await page.goBack();
  await expect(ada.composer).toHaveValue("half a sentence");
  // With nothing to lose, and the server there, the page is loaded again.
  await ada.composer.fill("");
  await page.unroute("**/assets/**");
  await page.getByRole("button", { name: "Emoji", exact: true }).click();
  await expect(async () => {
    await page.getByRole("button", { name: "Emoji", exact: true }).click({ timeout: 1000 });
    await expect(page.locator(".emoji-cell").first()).toBeVisible({ timeout: 2000 });
  }).toPass();
});
