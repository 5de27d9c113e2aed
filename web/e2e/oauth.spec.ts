/** Applications ask people: for a place for their bot, and to know who they are. */
import { sound } from "./sound";
import { expect, test } from "./test";

test("a bot is asked into a guild, with what it may do", async ({ person, hall }) => {
  const ada = await person("ada");
  const guild = await hall.guild(ada.account);
  const application = await hall.call(ada.account, "POST", "/guildhall/v1/applications", { name: "Lamplighter" });
  const { page } = ada;
  await page.goto(`${hall.url}/oauth2/authorize?client_id=${application.id}&scope=bot+applications.commands&permissions=3072`);
  await expect(page.getByRole("heading", { name: "Lamplighter" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Authorise" })).toBeDisabled();
  await page.getByLabel("Guild").selectOption({ label: guild.name });
  await page.getByLabel("Send messages").uncheck();
  await sound(ada, "authorise");
  await page.getByRole("button", { name: "Authorise" }).click();
  await expect(page.getByRole("heading", { name: "Lamplighter is in" })).toBeVisible();
  const roles = await hall.call(ada.account, "GET", `/guilds/${guild.id}/roles`);
  expect(roles.find((one: { name: string }) => one.name === "Lamplighter").permissions).toBe("1024");
  await page.getByRole("button", { name: `Go to ${guild.name}` }).click();
  await expect(ada.composer).toBeVisible();
});

test("somebody logs in elsewhere with their account here, and takes it back", async ({ person, hall }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  const application = await hall.call(ada.account, "POST", "/guildhall/v1/applications", { name: "Almanac" });
  // The redirect is set where makers set it.
  const { page } = ada;
  await page.goto(`${hall.url}/settings/applications`);
  await page.getByRole("button", { name: /Almanac/ }).click();
  await page.getByRole("tab", { name: "OAuth2" }).click();
  await page.getByLabel("Redirects").fill("nonsense");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".field-error:not(:empty)").first()).toBeVisible();
  const back = `${hall.url}/healthz`;
  await page.getByLabel("Redirects").fill(back);
  await sound(ada, "oauth2 of an application");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await page.getByRole("dialog", { name: "Make a new secret?" }).getByRole("button", { name: "Make a new secret" }).click();
  const secret = await page.getByRole("dialog", { name: "The client secret" }).locator(".secret").textContent();

  const query = new URLSearchParams({ client_id: application.id, response_type: "code", scope: "identify", redirect_uri: back, state: "s1" });
  await grace.page.goto(`${hall.url}/oauth2/authorize?${query}`);
  await expect(grace.page.getByText("see your name and picture")).toBeVisible();
  await grace.page.getByRole("button", { name: "Cancel" }).click();
  await expect(grace.page).toHaveURL(/healthz\?error=access_denied.*state=s1/);
  await grace.page.goto(`${hall.url}/oauth2/authorize?${query}`);
  await grace.page.getByRole("button", { name: "Authorise" }).click();
  await expect(grace.page).toHaveURL(/healthz\?code=/);
  const code = new URL(grace.page.url()).searchParams.get("code") ?? "";
  const form = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: back, client_id: application.id, client_secret: secret ?? "" });
  const answer = await fetch(`${hall.url}/api/v10/oauth2/token`, { method: "POST", body: form });
  const { access_token } = (await answer.json()) as { access_token: string };
  expect((await hall.call({ token: `Bearer ${access_token}` }, "GET", "/users/@me")).id).toBe(grace.account.id);

  await grace.page.goto(`${hall.url}/settings/authorized`);
  await expect(grace.page.getByText("Almanac", { exact: true })).toBeVisible();
  await sound(grace, "authorised apps");
  await grace.page.getByRole("button", { name: /^Take back/ }).click();
  await grace.page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await expect(grace.page.getByText("No applications")).toBeVisible();
  await expect(hall.call({ token: `Bearer ${access_token}` }, "GET", "/users/@me")).rejects.toThrow("401");
});

test("an application sells a subscription, and somebody sees what they have", async ({ person, hall }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  await hall.call(ada.account, "POST", "/guildhall/v1/applications", { name: "Almanac" });
  const { page } = ada;
  await page.goto(`${hall.url}/settings/applications`);
  await page.getByRole("button", { name: /Almanac/ }).click();
  await page.getByRole("tab", { name: "Shop" }).click();
  await page.getByRole("button", { name: "New thing" }).click();
  const made = page.getByRole("dialog", { name: "New thing" });
  await made.getByLabel("Name", { exact: true }).fill("Tide tables");
  await made.getByLabel("What kind").selectOption({ label: "A subscription" });
  await made.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("button", { name: "Give Tide tables" }).click();
  const give = page.getByRole("dialog", { name: "Give Tide tables" });
  await give.getByLabel("Who gets it").fill(grace.account.id);
  await sound(ada, "giving a subscription");
  await give.getByRole("button", { name: "Give it" }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();

  await grace.page.goto(`${hall.url}/settings/purchases`);
  await expect(grace.page.getByText("Tide tables")).toBeVisible();
  await expect(grace.page.locator(".set-row")).toContainText(/Almanac · Subscription · paid until/);
  await page.getByRole("button", { name: /^Let it end with its period/ }).click();
  await expect(page.getByText("Ends soon", { exact: true })).toBeVisible();
  await grace.page.reload();
  await expect(grace.page.getByText("Ends soon", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: /^Take back/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await expect(page.getByText("Nobody yet")).toBeVisible();
});
