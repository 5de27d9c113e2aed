/** The ways in: the setup link, logging in and out. */
import { Hall, PASSWORD } from "./hall";
import { expect, test } from "./test";

test("the setup link makes the owner and the first guild, once", async ({ browser }) => {
  const hall = await new Hall(true).start();
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(hall.setupUrl);
    await page.getByLabel("Name of your guild").fill("The Lighthouse");
    await page.getByLabel("Username").fill("keeper");
    await page.getByLabel("Email").fill("keeper@example.org");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Open the doors" }).click();
    await expect(page.getByRole("button", { name: "The Lighthouse: menu" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "general", level: 1 })).toBeVisible();
    await page.locator("[data-composer]").fill("First!");
    await page.keyboard.press("Enter");
    await expect(page.locator("article.message[data-message]", { hasText: "First!" })).toHaveCount(1);

    await page.getByRole("button", { name: "Your status and account" }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await expect(page).toHaveURL(/\/login$/);
    await page.getByLabel("Username or email").fill("keeper");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await expect(page.getByRole("alert").or(page.locator(".field-error:not(:empty)")).first()).toBeVisible();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await expect(page.getByRole("button", { name: "The Lighthouse" })).toBeVisible();

    // Used up: nobody else becomes the owner with it.
    const again = await (await browser.newContext()).newPage();
    await again.goto(hall.setupUrl);
    await expect(again.getByLabel("Name of your guild")).toHaveCount(0);
    await again.context().close();
  } finally {
    await context.close();
    await hall.close();
  }
});

test("whoever is not logged in comes back to where they wanted to go", async ({ browser, hall, person }) => {
  const ada = await person("ada");
  const guild = await hall.guild(ada.account);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${hall.url}/channels/${guild.id}/${guild.channel}`);
  await expect(page).toHaveURL(/\/login$/);
  await page.getByLabel("Username or email").fill(ada.account.name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(guild.channel));
  await expect(page.locator("[data-composer]")).toBeVisible();
  await context.close();
});

test("whoever is put out is told why, and until when", async ({ hall, person }) => {
  const { owner } = await hall.begin();
  const ada = await person("ada");
  const page = ada.page;
  const put = (more: object) => hall.call(owner, "PATCH", `/guildhall/v1/admin/users/${ada.account.id}`, more);
  await page.goto(`${hall.url}/channels/@me`);
  await expect(page.getByText("Nobody is around")).toBeVisible();
  const until = new Date(Date.now() + 26 * 3_600_000);
  await put({ suspended: true, suspended_until: until.toISOString() });
  await expect(page).toHaveURL(/\/login$/);
  const moment = await page.evaluate(
    (at) => new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    until.getTime(),
  );
  await expect(page.getByRole("alert")).toContainText("You were logged out. This account is suspended until");
  await expect(page.getByRole("alert")).toContainText(moment);
  const logIn = async () => {
    await page.getByLabel("Username or email").fill(ada.account.name);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
  };
  await logIn();
  await expect(page.getByRole("alert")).toHaveText(new RegExp(`^This account is suspended until .*${moment}`));

  await put({ suspended: false });
  await logIn();
  await expect(page.getByText("Nobody is around")).toBeVisible();
  await hall.call(owner, "DELETE", `/guildhall/v1/admin/users/${ada.account.id}/sessions`);
  await expect(page.getByRole("alert")).toContainText("You were logged out. This login was ended");
});
