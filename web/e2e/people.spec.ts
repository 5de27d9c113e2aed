/** Friends, direct messages, invites. */
import { sound } from "./sound";
import { expect, test } from "./test";

const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==",
  "base64",
);

test("a request is sent, accepted, and a conversation begins", async ({ person }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  await grace.page.goto(`${grace.hall.url}/channels/@me`);
  await expect(grace.page.getByText("Nobody is around")).toBeVisible();
  await ada.page.goto(`${ada.hall.url}/channels/@me`);
  await ada.page.locator(".header").getByRole("button", { name: "Add a friend" }).click();
  await ada.page.getByLabel("Username").fill("nobody-of-that-name");
  await ada.page.getByRole("button", { name: "Send request" }).click();
  await expect(ada.page.locator(".field-error")).not.toBeEmpty();
  await ada.page.getByLabel("Username").fill(grace.account.name);
  await ada.page.getByRole("button", { name: "Send request" }).click();
  await expect(ada.page.getByText(`${grace.account.name} was asked.`)).toBeVisible();

  await grace.page.getByRole("tab", { name: /Requests/ }).click();
  const row = grace.page.getByRole("listitem").filter({ hasText: ada.account.name });
  await row.getByRole("button", { name: "Accept" }).click();
  await grace.page.getByRole("tab", { name: "Online" }).click();
  await expect(row).toContainText("Online");

  await row.getByRole("button", { name: "Message" }).click();
  await expect(grace.page.getByRole("heading", { name: ada.account.name, level: 1 })).toBeVisible();
  await grace.said("Good evening!");

  const direct = ada.page.getByRole("navigation", { name: "Direct messages" }).locator(".direct", { hasText: grace.account.name });
  await expect(direct.locator(".badge")).toHaveText("1");
  await direct.click();
  await ada.sees("Good evening!");
  await expect(direct.locator(".badge")).toHaveCount(0);
  await ada.said("And to you.");
  await grace.sees("And to you.");
  // Under what one wrote stands who has read it.
  await expect(grace.page.getByRole("img", { name: `Read by ${ada.account.name}` })).toBeVisible();
});

test("a stranger follows an invite, makes an account and is there", async ({ browser, hall, person }) => {
  const ada = await person("ada");
  const guild = await hall.guild(ada.account);
  await ada.open(guild.id, guild.channel);
  await ada.page.getByRole("button", { name: `${guild.name}: menu` }).click();
  await ada.page.getByRole("menuitem", { name: "Invite people" }).click();
  const link = ada.page.getByRole("dialog").getByRole("textbox", { name: "Invite link" });
  await expect(link).toHaveValue(/\/invite\/\w+$/);
  const address = await link.inputValue();
  await ada.page.keyboard.press("Escape");

  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await expect(page.getByRole("heading", { name: guild.name })).toBeVisible();
  await page.getByRole("button", { name: "Make an account and join" }).click();
  const name = `stranger_${Date.now().toString(36)}`;
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Email").fill(`${name}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: /account|join/i }).last().click();
  await expect(page).toHaveURL(new RegExp(`/channels/${guild.id}/${guild.channel}`));
  await expect(page.locator("[data-composer]")).toBeVisible();
  await page.locator("[data-composer]").fill("Here I am.");
  await page.keyboard.press("Enter");
  await ada.sees("Here I am.");
  await expect(ada.log.getByText(`${name} is here`)).toBeVisible();
  await expect(ada.page.getByRole("complementary", { name: "Members" }).getByText(name)).toBeVisible();

  // A member is not asked to join again.
  await ada.page.goto(address);
  await ada.page.getByRole("button", { name: "Open the guild" }).click();
  await ada.sees("Here I am.");

  // Whoever has an account already goes in with one press.
  const grace = await person("grace");
  await grace.page.goto(address);
  await grace.page.getByRole("button", { name: "Accept invite" }).click();
  await grace.sees("Here I am.");
  await context.close();
});

test("an invite that is gone says so", async ({ person }) => {
  const ada = await person("ada");
  await ada.page.goto(`${ada.hall.url}/invite/nothing`);
  await expect(ada.page.getByRole("heading", { name: "This invite does not work" })).toBeVisible();
});

test("a group is named by who is in it, and left only when one is sure", async ({ pair: { ada, grace }, person, hall }) => {
  const lin = await person("lin");
  for (const friend of [grace, lin]) {
    await hall.call(friend.account, "PUT", `/users/@me/relationships/${ada.account.id}`, {});
    await hall.call(ada.account, "PUT", `/users/@me/relationships/${friend.account.id}`, {});
  }
  const group = await hall.call(ada.account, "POST", "/users/@me/channels", { recipients: [grace.account.id, lin.account.id] });
  const { page } = ada;
  await page.goto(`${hall.url}/channels/@me/${group.id}`);
  // Oneself is one of them.
  await expect(page.getByRole("complementary", { name: "Members" }).getByRole("button")).toHaveCount(3);
  const row = (who: typeof ada) => who.page.locator(`.direct[data-channel="${group.id}"]`);
  await row(ada).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Edit the group" }).click();
  const edit = page.getByRole("dialog", { name: "Edit the group" });
  await expect(edit.getByLabel("Name", { exact: true })).toBeFocused();
  await edit.getByLabel("Name", { exact: true }).fill("Lamp committee");
  await sound(ada, "editing a group");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Lamp committee", level: 1 })).toBeVisible();
  await grace.page.goto(`${hall.url}/channels/@me`);
  await expect(row(grace)).toContainText("Lamp committee");

  await row(grace).click({ button: "right" });
  await grace.page.getByRole("menuitem", { name: "Leave the group" }).click();
  const leave = grace.page.getByRole("dialog", { name: "Leave Lamp committee?" });
  await leave.getByRole("button", { name: "Cancel" }).click();
  await expect(row(grace)).toBeVisible();
  await row(grace).click({ button: "right" });
  await grace.page.getByRole("menuitem", { name: "Leave the group" }).click();
  await leave.getByRole("button", { name: "Leave" }).click();
  await expect(row(grace)).toHaveCount(0);
});

test("a nickname and a picture are of one guild alone", async ({ pair: { ada, grace, guild }, hall }) => {
  const role = await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Keepers" });
  const features = await hall.call(ada.account, "PATCH", `/guilds/${guild.id}/roles/${role.id}`, { unicode_emoji: "🔥" });
  await hall.call(ada.account, "PUT", `/guilds/${guild.id}/members/${grace.account.id}/roles/${role.id}`);
  expect(features.unicode_emoji).toBe("🔥");

  await grace.page.getByRole("button", { name: `${guild.name}: menu` }).click();
  await grace.page.getByRole("menuitem", { name: "Edit profile here" }).click();
  const dialog = grace.page.getByRole("dialog", { name: `Your profile in ${guild.name}` });
  await dialog.getByLabel("Nickname").fill("The Lampwright");
  await dialog.locator('input[type=file][aria-label="Avatar"]').setInputFiles({ name: "me.png", mimeType: "image/png", buffer: PICTURE });
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);

  const row = ada.page.getByRole("complementary", { name: "Members" }).getByRole("button", { name: /The Lampwright/ });
  await expect(row.locator("img.avatar-picture")).toHaveAttribute("src", new RegExp(`^/cdn/guilds/${guild.id}/users/${grace.account.id}/avatars/`));
  await expect(row.getByRole("img", { name: "Keepers" })).toHaveText("🔥");
  await grace.said("Oil is here.");
  const seen = await ada.sees("Oil is here.");
  await expect(seen.locator("img.avatar-picture")).toHaveAttribute("src", /^\/cdn\/guilds\//);
  await expect(seen.locator(".message-head").getByRole("img", { name: "Keepers" })).toBeVisible();
});

test("a note about somebody is for oneself, and stays", async ({ pair: { ada, grace } }) => {
  const card = async () => {
    await ada.page.getByRole("complementary", { name: "Members" }).getByRole("button", { name: grace.account.name }).click();
    return ada.page.getByRole("dialog", { name: "Profile" });
  };
  let profile = await card();
  await expect(profile.getByLabel("Note")).toBeEnabled();
  await profile.getByLabel("Note").fill("Knows the harbour");
  await expect(profile.getByText("Saved")).toBeVisible();
  await ada.page.keyboard.press("Escape");
  await ada.page.reload();
  profile = await card();
  await expect(profile.getByLabel("Note")).toHaveValue("Knows the harbour");
  // What is still being written when the card closes is kept too.
  await profile.getByLabel("Note").fill("Knows the harbour by night");
  await ada.page.keyboard.press("Escape");
  await expect(profile).toHaveCount(0);
  profile = await card();
  await expect(profile.getByLabel("Note")).toHaveValue("Knows the harbour by night");
});

test("a profile that is open shows at once how things stand, and what can be done", async ({ pair: { ada, grace }, hall }) => {
  const page = ada.page;
  await page.getByRole("complementary", { name: "Members" }).getByRole("button", { name: grace.account.name }).click();
  const profile = page.getByRole("dialog", { name: "Profile" });
  const actions = profile.locator(".profile-actions");
  const mine = (method: string, body?: object) =>
    hall.call(ada.account, method, `/users/@me/relationships/${grace.account.id}`, body);
  const theirs = (method: string, body?: object) =>
    hall.call(grace.account, method, `/users/@me/relationships/${ada.account.id}`, body);
  const stands = async (words: string, ...deeds: string[]) => {
    await expect(actions).toHaveText(new RegExp(`^\\s*${["Message", ...deeds].join("\\s*")}\\s*$`));
    if (words) await expect(profile.getByText(words, { exact: true })).toBeVisible();
  };
  await stands("", "Add friend");
  // Asked from another device of one's own.
  await mine("PUT", { type: 1 });
  await stands("Asked to be your friend", "Take the request back");
  await actions.getByRole("button", { name: "Take the request back" }).click();
  await stands("", "Add friend");
  // Asked by the other.
  await theirs("PUT", { type: 1 });
  await stands("Wants to be your friend", "Accept", "Decline");
  await actions.getByRole("button", { name: "Decline" }).click();
  await stands("", "Add friend");
  await actions.getByRole("button", { name: "Add friend" }).click();
  await stands("Asked to be your friend", "Take the request back");
  await theirs("PUT", { type: 1 });
  await stands("Friend", "Remove friend");
  await theirs("DELETE");
  await stands("", "Add friend");
  await mine("PUT", { type: 2 });
  await stands("Blocked", "Unblock");
  await actions.getByRole("button", { name: "Unblock" }).click();
  await stands("", "Add friend");
  await theirs("PUT", { type: 1 });
  await actions.getByRole("button", { name: "Accept" }).click();
  await stands("Friend", "Remove friend");
  // A friendship does not end by a slip of the hand.
  await actions.getByRole("button", { name: "Remove friend" }).click();
  const question = page.getByRole("dialog", { name: `Remove ${grace.account.name} from your friends?` });
  await question.getByRole("button", { name: "Cancel" }).click();
  const relations = () => hall.call(ada.account, "GET", "/users/@me/relationships");
  expect(await relations()).toHaveLength(1);
  const row = page.getByRole("complementary", { name: "Members" }).getByRole("button", { name: grace.account.name });
  await row.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Remove friend" }).click();
  await question.getByRole("button", { name: "Remove friend" }).click();
  await expect(question).toHaveCount(0);
  await expect.poll(relations).toHaveLength(0);
});

test("a line about oneself has an emoji of a guild, and others see it", async ({ pair: { ada, grace, guild }, hall }) => {
  const image = `data:image/png;base64,${PICTURE.toString("base64")}`;
  const emoji = await hall.call(ada.account, "POST", `/guilds/${guild.id}/emojis`, { name: "gull", image, roles: [] });
  const { page } = grace;
  await page.getByRole("button", { name: "Your status and account" }).click();
  await page.getByRole("menuitem", { name: /custom status/i }).click();
  const dialog = page.getByRole("dialog", { name: "Set a custom status" });
  await dialog.getByLabel("Status").fill("feeding the gulls");
  await dialog.getByRole("button", { name: "Emoji" }).click();
  await page.getByRole("dialog", { name: "Emoji" }).getByRole("button", { name: "gull", exact: true }).click();
  await expect(dialog.getByRole("button", { name: "Emoji: gull", exact: true })).toBeVisible();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  const row = ada.page.getByRole("complementary", { name: "Members" }).getByRole("button", { name: grace.account.name });
  await expect(row).toContainText("feeding the gulls");
  await expect(row.locator(".member-status img")).toHaveAttribute("src", new RegExp(`/cdn/emojis/${emoji.id}`));
});
