/** Administration of the instance. */
import { digitsOf } from "./digits";
import { Hall, PASSWORD } from "./hall";
import { Person } from "./person";
import { test as base, expect } from "./test";

/** A server of one's own: what is switched off here is missed by nobody. */
const test = base.extend<{ keeper: Person; bob: Person; own: Hall }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is asked for from the pattern
  own: async ({}, use) => {
    const hall = await new Hall().start();
    await use(hall);
    await hall.close();
  },
  keeper: async ({ browser, own }, use) => {
    const { owner } = await own.begin();
    const context = await browser.newContext();
    await use(await Person.at(context, own, owner));
    await context.close();
  },
  bob: async ({ browser, own }, use) => {
    const context = await browser.newContext();
    await use(await Person.at(context, own, await own.account("bob")));
    await context.close();
  },
});

async function open(person: Person, page: string): Promise<void> {
  await person.page.goto(`${person.hall.url}/admin/${page}`);
  await expect(person.page.getByRole("navigation", { name: "Administration" })).toBeVisible();
}

test("figures agree with what is there, and members are not let in", async ({ keeper, bob, own }) => {
  await own.guild(bob.account);
  await open(keeper, "overview");
  const figure = (label: string) => keeper.page.locator(".figure", { hasText: label }).locator(".figure-value");
  await expect(figure("People")).toHaveText("2");
  await expect(figure("Guilds")).toHaveText("2");
  await expect(figure("Bots")).toHaveText("0");
  await bob.page.goto(`${own.url}/admin/people`);
  await expect(bob.page.getByText("This is for staff")).toBeVisible();
});

test("somebody is found, promoted, suspended and let in again", async ({ keeper, bob, own }) => {
  const { guild } = await own.begin();
  await bob.open(guild.id, guild.channel);
  await open(keeper, "people");
  const { page } = keeper;
  await page.getByRole("searchbox", { name: "Search by name or email" }).fill(bob.account.name);
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: `Manage ${bob.account.name}` }).click();
  const dialog = page.getByRole("dialog", { name: "Account" });
  await dialog.getByRole("radio", { name: "Admin" }).click();
  await expect(dialog.getByRole("radio", { name: "Admin" })).toHaveAttribute("aria-checked", "true");
  await expect.poll(() => own.call(bob.account, "GET", "/guildhall/v1/admin/settings").then(Boolean)).toBe(true);
  await dialog.getByRole("radio", { name: "Member" }).click();
  await expect(dialog.getByRole("radio", { name: "Member" })).toHaveAttribute("aria-checked", "true");

  await dialog.getByRole("button", { name: "Suspend", exact: true }).click();
  const suspend = page.getByRole("dialog", { name: `Suspend ${bob.account.name}` });
  await suspend.getByLabel("Reason").fill("Blew out the lamp");
  await suspend.getByRole("button", { name: "Suspend" }).click();
  await expect(dialog.getByText("Blew out the lamp")).toBeVisible();
  await expect(bob.page).toHaveURL(/login/);
  await expect(own.call(bob.account, "GET", "/users/@me")).rejects.toThrow("7000002");
  await dialog.getByRole("button", { name: "Let in again" }).click();
  await expect(dialog.getByRole("button", { name: "Suspend", exact: true })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Log" }).click();
  const entries = page.locator(".log-line", { hasText: `changed the account @${bob.account.name}` });
  await expect(entries).toHaveCount(4);
  await entries.nth(1).click();
  await expect(page.locator(".log-details").nth(1)).toContainText("Blew out the lamp");
});

test("somebody is removed for good, by who types their name", async ({ keeper, bob, own }) => {
  await open(keeper, "people");
  const { page } = keeper;
  await page.getByRole("searchbox", { name: "Search by name or email" }).fill(bob.account.name);
  await page.getByRole("button", { name: `Manage ${bob.account.name}` }).click();
  await page.getByRole("dialog", { name: "Account" }).getByRole("button", { name: "Remove" }).click();
  const dialog = page.getByRole("dialog", { name: `Remove ${bob.account.name}?` });
  await expect(dialog.getByRole("button", { name: "Remove for good" })).toBeDisabled();
  await dialog.getByLabel(/^Type/).fill(bob.account.name);
  await dialog.getByRole("button", { name: "Remove for good" }).click();
  await expect(page.getByText("Nobody like that")).toBeVisible();
  await expect(own.call(bob.account, "GET", "/users/@me")).rejects.toThrow("401");
});

test("settings are felt by everybody at once", async ({ keeper, bob, own }) => {
  const { guild } = await own.begin();
  await bob.open(guild.id, guild.channel);
  await open(keeper, "settings");
  const { page } = keeper;
  await page.getByLabel("Name", { exact: true }).fill("Stormhold");
  await page.getByRole("switch", { name: "Read-only" }).press("Space");
  await page.getByRole("radio", { name: /^Nobody/ }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  await expect(bob.page.getByText("This server is read-only for now")).toBeVisible();
  const known = await own.call(null, "GET", "/guildhall/v1/instance");
  expect([known.name, known.registration, known.read_only]).toEqual(["Stormhold", "closed", true]);
  await page.getByLabel("Minutes until somebody counts as idle").fill("0");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".field-error:not(:empty)")).toBeVisible();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByRole("switch", { name: "Read-only" }).press("Space");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(bob.page.getByText("This server is read-only for now")).toHaveCount(0);
});

test("a guild is deleted by staff", async ({ keeper, bob, own }) => {
  const guild = await own.guild(bob.account);
  await bob.open(guild.id, guild.channel);
  await open(keeper, "guilds");
  const { page } = keeper;
  await page.getByRole("searchbox", { name: "Search by name" }).fill(guild.name);
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("row").last()).toContainText(`@${bob.account.name}`);
  await page.getByRole("button", { name: `Delete ${guild.name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${guild.name}?` });
  await dialog.getByLabel(/^Type/).fill(guild.name);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("No such guild")).toBeVisible();
  await expect(bob.page).toHaveURL(/channels\/@me/);
  await page.getByRole("link", { name: "Log" }).click();
  await expect(page.locator(".log-line", { hasText: `deleted the guild ${guild.name}` })).toHaveCount(1);
});

test("who forgot their password is given a link, and sets another", async ({ keeper, bob, own, browser }) => {
  await open(keeper, "people");
  const { page } = keeper;
  await page.getByRole("button", { name: `Manage ${bob.account.name}` }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const shown = page.getByRole("dialog", { name: "A link for a new password" });
  const { hash } = new URL((await shown.locator(".secret").textContent()) ?? "");
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(`${own.url}/reset`);
  await expect(tab.getByText("This link is incomplete")).toBeVisible();
  await tab.goto(`${own.url}/reset${hash}`);
  await tab.reload();
  await tab.getByLabel("New password").fill("short");
  await tab.getByRole("button", { name: "Set it" }).click();
  await expect(tab.locator(".field-error:not(:empty)")).toBeVisible();
  await tab.getByLabel("New password").fill("not forgotten any more");
  await tab.getByRole("button", { name: "Set it" }).click();
  await expect(tab).toHaveURL(/channels\/@me/);
  await expect(tab.getByRole("button", { name: "Your status and account" })).toBeVisible();
  await tab.goto("about:blank");
  await tab.goto(`${own.url}/reset${hash}`);
  await tab.getByLabel("New password").fill("once is enough");
  await tab.getByRole("button", { name: "Set it" }).click();
  await expect(tab.getByText("This link is used up, too old or wrong.")).toBeVisible();
  await context.close();
  const login = { login: bob.account.name, password: "not forgotten any more" };
  expect((await own.call(null, "POST", "/auth/login", login)).token).toBeTruthy();
});

test("staff makes an account, and ends its logins", async ({ keeper, own, browser }) => {
  await own.call(keeper.account, "PATCH", "/guildhall/v1/admin/settings", { registration: "closed" });
  await open(keeper, "people");
  const { page } = keeper;
  await page.getByRole("button", { name: "New account" }).click();
  const form = page.getByRole("dialog", { name: "New account" });
  await form.getByLabel("Username").fill("x");
  await form.getByLabel("Email").fill("wick@example.org");
  await form.getByRole("button", { name: "Make account" }).click();
  await expect(form.locator(".field-error:not(:empty)")).toBeVisible();
  await form.getByLabel("Username").fill("wick");
  await form.getByRole("button", { name: "Make account" }).click();
  const made = page.getByRole("dialog", { name: "The account is made" });
  const { hash } = new URL((await made.locator(".secret").textContent()) ?? "");
  await made.getByRole("button", { name: "Done" }).click();
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(`${own.url}/reset${hash}`);
  await tab.getByLabel("New password").fill("a password of my own");
  await tab.getByRole("button", { name: "Set it" }).click();
  await expect(tab.getByRole("button", { name: "Your status and account" })).toBeVisible();

  await page.getByRole("button", { name: "Manage wick" }).click();
  await page.getByRole("button", { name: "Show" }).click();
  const devices = page.getByRole("dialog", { name: "Devices of wick" });
  await expect(devices.getByRole("button", { name: "Log out", exact: true })).toHaveCount(1);
  await devices.getByRole("button", { name: "Log out everywhere" }).click();
  await page.getByRole("dialog", { name: "Log wick out everywhere?" }).getByRole("button", { name: "Log out everywhere" }).click();
  await expect(tab).toHaveURL(/login/);
  await expect(devices.getByText("Logged in nowhere.")).toBeVisible();
  await context.close();
});

test("staff switches off a second step", async ({ keeper, bob, own }) => {
  const { secret } = await own.call(bob.account, "POST", "/guildhall/v1/users/me/totp/secret", {});
  const code = digitsOf(secret, Date.now());
  await own.call(bob.account, "POST", "/users/@me/mfa/totp/enable", { password: PASSWORD, secret, code });
  await open(keeper, "people");
  const { page } = keeper;
  await page.getByRole("button", { name: `Manage ${bob.account.name}` }).click();
  const dialog = page.getByRole("dialog", { name: "Account" });
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await page.getByRole("button", { name: "Switch it off" }).click();
  await expect(dialog.getByRole("button", { name: "Switch off" })).toHaveCount(0);
  const login = { login: bob.account.name, password: PASSWORD };
  expect((await own.call(null, "POST", "/auth/login", login)).mfa).toBe(false);
});
