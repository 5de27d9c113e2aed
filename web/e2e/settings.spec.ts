/** One's own settings. */
import { digitsOf } from "./digits";
import { PASSWORD } from "./hall";
import type { Person } from "./person";
import { expect, test } from "./test";

/** One blue pixel. */
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==",
  "base64",
);

async function open(person: Person, page: string): Promise<void> {
  await person.page.goto(`${person.hall.url}/settings/${page}`);
  await expect(person.page.getByRole("navigation", { name: "Settings" })).toBeVisible();
}

test("a profile is changed, shown to others and kept", async ({ pair: { ada, grace, guild } }) => {
  await open(ada, "profile");
  const { page } = ada;
  await page.getByLabel("Display name").fill("Ada of the Lamp");
  await page.getByLabel("Pronouns").fill("she/her");
  await page.getByLabel("About me").fill("Keeper since the great storm.");
  await page
    .locator('input[type=file][aria-label="Avatar"]')
    .setInputFiles({ name: "me.png", mimeType: "image/png", buffer: PICTURE });
  await expect(page.getByRole("group", { name: "How others see you" })).toContainText("Ada of the Lamp");
  await expect(page.locator(".image-round img")).toHaveAttribute("src", /^data:image/);
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("You have changes that are not saved.")).toHaveCount(0);
  await expect(page.locator(".image-round img")).toHaveAttribute("src", /^\/cdn\/avatars\//);

  await page.reload();
  await expect(page.getByLabel("Display name")).toHaveValue("Ada of the Lamp");
  await expect(page.getByLabel("About me")).toHaveValue("Keeper since the great storm.");
  await ada.open(guild.id, guild.channel);
  await ada.say("Do I look like myself?");
  await expect(await grace.sees("Do I look like myself?")).toContainText("Ada of the Lamp");
});

test("changes that are not saved hold the page", async ({ person, hall }) => {
  const ada = await person("ada");
  const guild = await hall.guild(ada.account);
  await ada.open(guild.id, guild.channel);
  const { page } = ada;
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByLabel("Pronouns").fill("they/them");
  await page.goBack();
  await expect(page).toHaveURL(/profile$/);
  await expect(page.getByLabel("Pronouns")).toHaveValue("they/them");
  await page.getByRole("link", { name: "Appearance" }).click();
  await expect(page).toHaveURL(/profile$/);
  await expect(page.getByRole("button", { name: "Save changes" })).toBeFocused();
  await page.getByRole("button", { name: "Close settings" }).last().click();
  await expect(page).toHaveURL(/profile$/);
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.getByLabel("Pronouns")).toHaveValue("");
  await page.getByRole("link", { name: "Appearance" }).click();
  await expect(page).toHaveURL(/appearance$/);
  await expect(page.getByRole("heading", { name: "Appearance", level: 1 })).toBeFocused();
});

test("what the server refuses stands at its field", async ({ person }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  await open(ada, "account");
  const { page } = ada;
  await page.getByRole("button", { name: "Edit username" }).click();
  const dialog = page.getByRole("dialog", { name: "Change your username" });
  await dialog.getByLabel("Username").fill(grace.account.name);
  await dialog.getByLabel("Your password").fill("wrong");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.locator(".field", { hasText: "Your password" }).locator(".field-error")).toHaveText(
    "Password does not match.",
  );
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await dialog.getByLabel("Your password").press("Enter");
  await expect(dialog.locator(".field", { hasText: "Username" }).locator(".field-error")).toHaveText(
    "Username is unavailable.",
  );
  await dialog.getByLabel("Username").fill(`${ada.account.name}_b`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText(`@${ada.account.name}_b`).first()).toBeVisible();
});

test("a new password logs out every other device", async ({ person, hall }) => {
  const ada = await person("ada");
  const other = await hall.call(null, "POST", "/auth/login", { login: ada.account.name, password: PASSWORD });
  await open(ada, "account");
  const { page } = ada;
  await page.getByRole("button", { name: "Change password" }).click();
  const dialog = page.getByRole("dialog", { name: "Change your password" });
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await dialog.getByLabel("New password", { exact: true }).fill("a longer and better one");
  await dialog.getByLabel("New password again").fill("a longer and worse one");
  await dialog.getByRole("button", { name: "Change password" }).click();
  await expect(dialog.getByText("The new passwords are not the same.")).toBeVisible();
  await dialog.getByLabel("New password again").fill("a longer and better one");
  await dialog.getByRole("button", { name: "Change password" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(hall.call(other, "GET", "/users/@me")).rejects.toThrow("401");
  // This device goes on with the new token.
  await page.reload();
  await expect(page.getByRole("heading", { name: "Account", level: 1 })).toBeVisible();
});

test("a second step is set up, asked for, and switched off", async ({ person, browser, hall }) => {
  const ada = await person("ada");
  await open(ada, "security");
  const { page } = ada;
  await page.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: "QR code for your authenticator app" })).toBeVisible();
  const secret = (await dialog.locator(".totp-secret").textContent()) ?? "";
  await dialog.getByLabel("Code of your app").fill("000000");
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Switch on" }).click();
  await expect(dialog.getByRole("alert").or(dialog.locator(".field-error:not(:empty)")).first()).toBeVisible();
  await dialog.getByLabel("Code of your app").fill(digitsOf(secret, Date.now()));
  await dialog.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByRole("dialog", { name: "Keep these codes" })).toBeVisible();
  const codes = await page.locator(".codes li").allTextContents();
  expect(codes.length).toBeGreaterThanOrEqual(8);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByRole("button", { name: "Switch off" })).toBeVisible();

  const context = await browser.newContext();
  const fresh = await context.newPage();
  await fresh.goto(`${hall.url}/login`);
  await fresh.getByLabel("Username or email").fill(ada.account.name);
  await fresh.getByLabel("Password").fill(PASSWORD);
  await fresh.keyboard.press("Enter");
  await fresh.getByRole("button", { name: "Use a backup code" }).click();
  await fresh.getByLabel("Backup code").fill(codes[0] ?? "");
  await fresh.getByRole("button", { name: "Continue" }).click();
  await expect(fresh).toHaveURL(/channels/);
  await context.close();

  await page.getByRole("button", { name: "Switch off" }).click();
  const off = page.getByRole("dialog", { name: "Switch off the second step?" });
  await off.getByLabel("Your password").fill(PASSWORD);
  await off.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
});

test("a passkey is made, logs in, and is removed", async ({ person, browser, hall }) => {
  const ada = await person("ada");
  // Browsers give passkeys to names, not to numbers.
  const url = hall.url.replace("127.0.0.1", "localhost");
  const { page } = ada;
  const device = await page.context().newCDPSession(page);
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
  } as const;
  await device.send("WebAuthn.enable");
  const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", { options });
  await page.goto(`${url}/settings/security`);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a passkey" });
  await dialog.getByLabel("Name").fill("The brass key");
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("The brass key")).toBeVisible();

  const { credentials } = await device.send("WebAuthn.getCredentials", { authenticatorId });
  const context = await browser.newContext();
  const fresh = await context.newPage();
  const other = await context.newCDPSession(fresh);
  await other.send("WebAuthn.enable");
  const second = await other.send("WebAuthn.addVirtualAuthenticator", { options });
  for (const credential of credentials) {
    await other.send("WebAuthn.addCredential", { authenticatorId: second.authenticatorId, credential });
  }
  await fresh.goto(`${url}/login`);
  await fresh.getByRole("button", { name: "Log in with a passkey" }).click();
  await expect(fresh).toHaveURL(/channels/);
  await context.close();

  await page.getByRole("button", { name: "Remove The brass key" }).click();
  await page.getByRole("dialog").getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("No passkeys yet")).toBeVisible();
});

test("devices are listed and logged out", async ({ person, hall }) => {
  const ada = await person("ada");
  const login = () => hall.call(null, "POST", "/auth/login", { login: ada.account.name, password: PASSWORD });
  const first = await login();
  const second = await login();
  await open(ada, "security");
  const { page } = ada;
  await expect(page.getByText("This device", { exact: true })).toHaveCount(1);
  const ends = page.getByRole("button", { name: "Log out", exact: true }).and(page.locator("main .set-line button"));
  await expect(ends).toHaveCount(2);
  await ends.first().click();
  await expect(ends).toHaveCount(1);
  await page.getByRole("button", { name: "Log out all others" }).click();
  const dialog = page.getByRole("dialog", { name: "Log out all other devices?" });
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Log out the others" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(ends).toHaveCount(0);
  for (const gone of [first, second]) await expect(hall.call(gone, "GET", "/users/@me")).rejects.toThrow("401");
});

test("looks are chosen on the device, by keyboard too", async ({ person }) => {
  const ada = await person("ada");
  await open(ada, "appearance");
  const { page } = ada;
  await page.getByRole("radio", { name: "Light" }).check({ force: true });
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  const density = page.getByRole("radiogroup", { name: "Density" });
  await density.getByRole("radio", { name: "Cosy" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(density.getByRole("radio", { name: "Compact" })).toBeFocused();
  await expect(density.getByRole("radio", { name: "Compact" })).toHaveAttribute("aria-checked", "true");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/channels/);
});

test("how long until one is idle is one's own to say, on each device", async ({ person }) => {
  const ada = await person("ada");
  await open(ada, "privacy");
  const choice = ada.page.getByRole("combobox", { name: "Idle after" });
  await expect(choice.locator("option:checked")).toHaveText("As the server says (10 minutes)");
  await choice.selectOption("Never");
  await ada.page.reload();
  await expect(choice).toHaveValue("0");
});

test("an application is made, and its bot comes into a guild", async ({ person, hall }) => {
  const ada = await person("ada");
  const guild = await hall.guild(ada.account);
  await open(ada, "applications");
  const { page } = ada;
  await page.getByRole("button", { name: "New application" }).click();
  await page.getByLabel("Name").fill("Harbourmaster");
  await page.getByRole("button", { name: "Make it" }).click();
  const shown = page.getByRole("dialog", { name: "The bot's token" });
  const token = (await shown.locator(".secret").textContent()) ?? "";
  await shown.getByRole("button", { name: "Done" }).click();
  expect((await hall.call({ token: `Bot ${token}` }, "GET", "/users/@me")).username).toBe("Harbourmaster");

  await page.getByLabel("Description").fill("Knows each ship by name.");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("You have changes that are not saved.")).toHaveCount(0);
  await page.getByRole("tab", { name: "Bot" }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Add Harbourmaster" });
  await dialog.getByLabel("Guild").selectOption(guild.id);
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog).toHaveCount(0);
  const bots = await hall.call(ada.account, "GET", `/guilds/${guild.id}/integrations`);
  expect(bots.map((one: { name: string }) => one.name)).toEqual(["Harbourmaster"]);

  // Another name, and the end.
  await page.getByRole("tab", { name: "General" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Pilot");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { name: "Pilot" })).toBeVisible();
  expect((await hall.call({ token: `Bot ${token}` }, "GET", "/users/@me")).username).toBe("Pilot");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const end = page.getByRole("dialog", { name: "Delete Pilot?" });
  await end.getByLabel(/^Type/).fill("Pilot");
  await end.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("No applications yet")).toBeVisible();
  await expect(hall.call({ token: `Bot ${token}` }, "GET", "/users/@me")).rejects.toThrow("401");
});

test("an account is deleted by who knows its name and password", async ({ person, hall }) => {
  const ada = await person("ada");
  await open(ada, "account");
  const { page } = ada;
  await page.getByRole("button", { name: "Delete account" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  await dialog.getByLabel("Your password").fill(PASSWORD);
  await expect(dialog.getByRole("button", { name: "Delete for good" })).toBeDisabled();
  await dialog.getByLabel(/^Type/).fill(ada.account.name);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page).toHaveURL(/login/);
  await expect(page.getByRole("alert")).toHaveText("Your account is deleted.");
  await expect(hall.call(ada.account, "GET", "/users/@me")).rejects.toThrow("401");
});
