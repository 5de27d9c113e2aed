/** Settings of a guild. */
import type { Person } from "./person";
import { expect, test } from "./test";

const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==",
  "base64",
);

const SEND_MESSAGES = 1n << 11n;
const VIEW_CHANNEL = 1n << 10n;

async function open(person: Person, guild: { id: string }, page: string): Promise<void> {
  await person.page.goto(`${person.hall.url}/guilds/${guild.id}/settings/${page}`);
  await expect(person.page.getByRole("main")).toBeVisible();
}

const saved = async (person: Person): Promise<void> => {
  await person.page.getByRole("button", { name: "Save changes" }).click();
  await expect(person.page.getByRole("button", { name: "Save changes" })).toHaveCount(0);
};

test("a guild gets another name and face, and everybody sees it", async ({ pair: { ada, grace, guild } }) => {
  await open(ada, guild, "overview");
  const { page } = ada;
  await page.getByLabel("Name", { exact: true }).fill("A");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".field-error", { hasText: "At least 2 characters." })).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill("The New Lighthouse");
  await page
    .locator('input[type=file][aria-label="Icon"]')
    .setInputFiles({ name: "icon.png", mimeType: "image/png", buffer: PICTURE });
  await page.getByLabel("Idle after").isDisabled();
  await page.getByLabel("Channel for the idle").selectOption({ label: "General" });
  await page.getByLabel("Idle after").selectOption("900");
  await saved(ada);
  await expect(grace.page.getByRole("button", { name: "The New Lighthouse: menu" })).toBeVisible();
  const known = await ada.hall.call(ada.account, "GET", `/guilds/${guild.id}`);
  expect(known.icon).toBeTruthy();
  expect(known.afk_timeout).toBe(900);
});

test("roles are made, given and put in order by keyboard", async ({ pair: { ada, grace, guild }, hall }) => {
  await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Deckhand" });
  await open(ada, guild, "roles");
  const { page } = ada;
  await page.getByRole("button", { name: "New role" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Captain");
  await page.getByRole("button", { name: "Yellow", exact: true }).click();
  await saved(ada);
  await page.getByRole("tab", { name: "Permissions" }).click();
  await page.getByRole("searchbox", { name: "Search permissions" }).fill("kick");
  await page.getByRole("switch", { name: "Kick members" }).press("Space");
  await saved(ada);
  await page.getByRole("tab", { name: "Members" }).click();
  await page.getByRole("button", { name: "Add members" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: `Add ${grace.account.name}` })
    .click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("main").getByText(`@${grace.account.name}`)).toBeVisible();

  const list = page.getByRole("list", { name: "Roles, highest first" });
  await expect(list.getByRole("listitem").first()).toContainText("Deckhand");
  await page.getByRole("button", { name: /^Move Captain/ }).focus();
  await page.keyboard.press("ArrowUp");
  await expect(list.getByRole("listitem").first()).toContainText("Captain");
  await expect(page.getByRole("button", { name: /^Move Captain/ })).toBeFocused();
  await expect
    .poll(async () => {
      const roles = await hall.call(ada.account, "GET", `/guilds/${guild.id}/roles`);
      const at = (name: string) => roles.find((role: { name: string }) => role.name === name);
      return (
        at("Captain").position > at("Deckhand").position &&
        at("Captain").color > 0 &&
        (BigInt(at("Captain").permissions) & 2n) === 2n
      );
    })
    .toBe(true);
  const member = await hall.call(ada.account, "GET", `/guilds/${guild.id}/members/${grace.account.id}`);
  expect(member.roles).toHaveLength(1);

  await page.getByRole("button", { name: "Delete the role" }).click();
  await page
    .getByRole("dialog")
    .or(page.getByRole("alertdialog"))
    .getByRole("button", { name: "Delete the role" })
    .click();
  await expect(list.getByText("Captain")).toHaveCount(0);
});

test("roles are put in order by dragging", async ({ pair: { ada, guild }, hall }) => {
  for (const name of ["Low", "Middle", "High"])
    await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name });
  await open(ada, guild, "roles");
  const { page } = ada;
  const rows = page.getByRole("list", { name: "Roles, highest first" }).getByRole("listitem");
  const before = await rows.allTextContents();
  const from = await page.locator(".grip").first().boundingBox();
  const to = await rows.nth(2).boundingBox();
  if (!from || !to) throw new Error("nothing to drag");
  await page.mouse.move(from.x + 8, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(from.x + 8, to.y + to.height - 4, { steps: 8 });
  await page.mouse.up();
  await expect(rows.nth(2)).toHaveText(before[0] ?? "");
  const name = (before[0] ?? "").replace(/\d+$/, "").trim();
  await expect
    .poll(async () => {
      const roles = await hall.call(ada.account, "GET", `/guilds/${guild.id}/roles`);
      return roles.find((role: { name: string }) => role.name === name).position;
    })
    .toBe(1);
});

test("a channel becomes private but for one, who may read but not write", async ({
  pair: { ada, grace, guild },
  hall,
}) => {
  const vault = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "vault", type: 0 });
  await expect(grace.page.locator(`[data-channel="${vault.id}"]`)).toBeVisible();
  await open(ada, guild, "channels");
  const { page } = ada;
  await page.getByRole("list", { name: "Channels" }).getByRole("button", { name: "vault", exact: true }).click();
  await page.getByLabel("Topic").fill("What is kept here stays here.");
  await page.getByLabel("Slow mode").selectOption("30");
  await saved(ada);
  await page.getByRole("switch", { name: "Locked" }).press("Space");
  await expect.poll(async () => (await hall.call(ada.account, "GET", `/channels/${vault.id}`)).locked).toBe(true);
  await expect(page.getByRole("switch", { name: "Locked" })).toBeChecked();
  await page.getByRole("switch", { name: "Locked" }).press("Space");
  await expect(page.getByRole("switch", { name: "Locked" })).not.toBeChecked();
  await page.getByRole("tab", { name: "Permissions" }).click();
  await page.getByRole("switch", { name: "Private channel" }).press("Space");
  await saved(ada);
  await expect(grace.page.locator(`[data-channel="${vault.id}"]`)).toHaveCount(0);

  await page.getByRole("button", { name: "Add a role or a member" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: new RegExp(grace.account.name) })
    .click();
  const send = page.getByRole("radiogroup", { name: "Send messages", exact: true });
  await send.getByRole("radio", { name: "Deny" }).click();
  await expect(
    page.getByRole("radiogroup", { name: "View channels" }).getByRole("radio", { name: "Allow" }),
  ).toHaveAttribute("aria-checked", "true");
  await send.getByRole("radio", { name: "Deny" }).press("ArrowRight");
  await expect(send.getByRole("radio", { name: "As roles say" })).toBeFocused();
  await send.getByRole("radio", { name: "As roles say" }).press("ArrowLeft");
  await saved(ada);
  await expect(grace.page.locator(`[data-channel="${vault.id}"]`)).toBeVisible();
  const known = await hall.call(ada.account, "GET", `/channels/${vault.id}`);
  const own = known.permission_overwrites.find((one: { id: string }) => one.id === grace.account.id);
  expect([BigInt(own.allow), BigInt(own.deny), own.type]).toEqual([VIEW_CHANNEL, SEND_MESSAGES, 1]);
  expect(known.topic).toBe("What is kept here stays here.");
  await grace.page.locator(`[data-channel="${vault.id}"]`).click();
  await expect(grace.page.getByRole("heading", { name: "vault", level: 1 })).toBeVisible();
  await expect(grace.page.locator("[data-composer]")).toHaveCount(0);
});

test("channels are put in order, and into other categories", async ({ pair: { ada, guild }, hall }) => {
  const attic = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "Attic", type: 4 });
  const chest = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, {
    name: "chest",
    type: 0,
    parent_id: attic.id,
  });
  await open(ada, guild, "channels");
  const { page } = ada;
  const rows = page.getByRole("list", { name: "Channels" }).getByRole("listitem");
  await expect(rows).toHaveText(["Text channels", "general", "Voice channels", "General", "Attic", "chest"]);
  // A handle that is only pressed puts nothing in order.
  const saved = page.waitForRequest((one) => one.method() === "PATCH" && one.url().endsWith("/channels"), { timeout: 1_500 });
  await page.getByRole("button", { name: "Move chest: arrow keys" }).click();
  await expect(saved).rejects.toThrow("Timeout");
  await page.getByRole("button", { name: "Move Attic: arrow keys" }).focus();
  await page.keyboard.press("ArrowUp");
  await expect(rows).toHaveText(["Text channels", "general", "Attic", "chest", "Voice channels", "General"]);
  await expect(page.getByRole("button", { name: "Move Attic: arrow keys" })).toBeFocused();
  await page.getByRole("button", { name: "Move chest: arrow keys" }).press("ArrowUp");
  await expect(rows).toHaveText(["Text channels", "general", "chest", "Attic", "Voice channels", "General"]);
  await expect
    .poll(async () => {
      const all = await hall.call(ada.account, "GET", `/guilds/${guild.id}/channels`);
      const of = (id: string) => all.find((one: { id: string }) => one.id === id);
      return [of(chest.id).parent_id === of(guild.channel).parent_id, of(attic.id).position];
    })
    .toEqual([true, 1]);
});

test("emoji are uploaded, renamed and deleted", async ({ pair: { ada, guild }, hall }) => {
  await open(ada, guild, "emoji");
  const { page } = ada;
  const chosen = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: /Upload emoji/ }).click();
  await (await chosen).setFiles([
    { name: "party gull.png", mimeType: "image/png", buffer: PICTURE },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") },
  ]);
  const name = page.getByLabel("Name of party_gull");
  await expect(name).toHaveValue("party_gull");
  await expect(page.getByText(/notes\.txt: Choose a PNG/)).toBeVisible();
  await name.fill("gull");
  await name.press("Enter");
  await expect
    .poll(async () => (await hall.call(ada.account, "GET", `/guilds/${guild.id}/emojis`))[0].name)
    .toBe("gull");
  await page.getByRole("button", { name: "Delete gull" }).click();
  await page.getByRole("dialog").or(page.getByRole("alertdialog")).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No emoji yet")).toBeVisible();
});

test("members are found, given roles, kicked and banned, and the log tells it", async ({
  pair: { ada, grace, guild },
  person,
  hall,
}) => {
  const mallory = await person("mallory");
  const code = await hall.invite(ada.account, guild);
  await hall.call(mallory.account, "POST", `/invites/${code}`, {});
  await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Crew" });
  await open(ada, guild, "members");
  const { page } = ada;
  await page.getByRole("searchbox", { name: "Search members" }).fill("mallory");
  const row = page.getByRole("row").filter({ hasText: mallory.account.name });
  await expect(page.getByRole("row")).toHaveCount(2);
  await row.getByRole("button", { name: /^Roles of/ }).click();
  await page.getByRole("checkbox", { name: "Crew" }).check();
  await page.keyboard.press("Escape");
  await expect(row.getByText("Crew")).toBeVisible();
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Change nickname" }).click();
  await page.getByRole("dialog").getByLabel("Nickname").fill("The Rat");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("The Rat");

  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Warnings" }).click();
  const warnings = page.getByRole("dialog", { name: "Warnings of The Rat" });
  await expect(warnings.getByText("Never warned")).toBeVisible();
  await warnings.getByLabel("Warn them").fill("Hands off the lamp oil.");
  await warnings.getByRole("button", { name: "Warn" }).click();
  await expect(warnings.getByRole("listitem")).toContainText("Hands off the lamp oil.");
  await page.keyboard.press("Escape");

  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Ban" }).click();
  const sanction = page.getByRole("dialog").or(page.getByRole("alertdialog"));
  await sanction.getByLabel("Reason").fill("Sold the lamp oil");
  await sanction.getByRole("button", { name: "Ban" }).click();
  await expect(page.getByText("Nobody like that")).toBeVisible();

  await page.getByRole("link", { name: "Bans" }).click();
  await expect(page.getByText("Sold the lamp oil")).toBeVisible();
  await page.getByRole("button", { name: `Unban ${mallory.account.name}` }).click();
  await page.getByRole("dialog").or(page.getByRole("alertdialog")).getByRole("button", { name: "Unban" }).click();
  await expect(page.getByText("Nobody is banned")).toBeVisible();

  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByLabel("What").selectOption({ label: "Member banned" });
  await expect(page.locator(".log-line")).toHaveCount(1);
  await expect(page.locator(".log-line")).toContainText(`${ada.account.name} banned ${mallory.account.name}`);
  await page.locator("summary").click();
  await expect(page.getByText("Reason: Sold the lamp oil")).toBeVisible();
  await page.getByLabel("What").selectOption("");
  await expect(page.locator(".log-line").nth(3)).toBeVisible();
  await expect(grace.page.getByText("The Rat")).toHaveCount(0);
});

test("a webhook's address writes into the channel", async ({ pair: { ada, grace, guild } }) => {
  await open(ada, guild, "webhooks");
  const { page } = ada;
  await page.getByRole("button", { name: "New webhook" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Tide table");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("button", { name: "Copy the address" }).click();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ content: "High water at six." }),
  });
  expect(answer.status).toBe(204);
  await expect(await grace.sees("High water at six.")).toContainText("Tide table");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").or(page.getByRole("alertdialog")).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No webhooks")).toBeVisible();
});

test("invites are made and revoked, and the widget shows itself", async ({ pair: { ada, guild }, hall }) => {
  const code = await hall.invite(ada.account, guild);
  await open(ada, guild, "invites");
  const { page } = ada;
  await page.getByRole("button", { name: `Revoke ${code}` }).click();
  await page.getByRole("dialog").or(page.getByRole("alertdialog")).getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText(code)).toHaveCount(0);
  await expect(hall.call(ada.account, "GET", `/invites/${code}`)).rejects.toThrow("404");

  await page.getByRole("button", { name: "Pause Invites" }).click();
  await expect(page.getByText(/^Paused, ends/)).toBeVisible();
  const fresh = await hall.invite(ada.account, guild);
  const stranger = await hall.account("stranger");
  await expect(hall.call(stranger, "POST", `/invites/${fresh}`, {})).rejects.toThrow("40");
  await page.getByRole("button", { name: "Go on with Invites" }).click();
  await expect(page.getByText(/^Paused, ends/)).toHaveCount(0);
  await page.getByLabel("Its name").fill("-no");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("none at the ends.")).toBeVisible();
  await page.getByLabel("Its name").fill(`hall-${guild.id.slice(-6)}`);
  await saved(ada);
  await hall.call(stranger, "POST", `/invites/hall-${guild.id.slice(-6)}`, {});

  await page.getByRole("link", { name: "Widget" }).click();
  await page.getByRole("switch", { name: "Show the widget" }).press("Space");
  await saved(ada);
  await expect(page.getByRole("img", { name: /^The widget/ })).toBeVisible();
  expect((await hall.call(null, "GET", `/guilds/${guild.id}/widget.json`)).name).toBe(guild.name);
});

test("a plain member is shown no more than they may do", async ({ pair: { grace, guild } }) => {
  await open(grace, guild, "overview");
  const links = grace.page.getByRole("navigation", { name: guild.name }).getByRole("link");
  await expect(links).toHaveText(["Members"]);
  await expect(grace.page.getByRole("heading", { name: "Members", level: 1 })).toBeVisible();
  await expect(grace.page.getByRole("button", { name: /^Roles of/ })).toHaveCount(0);
  await expect(grace.page.getByRole("button", { name: "Prune" })).toHaveCount(0);
});

test("a guild is handed over, and deleted by its new owner", async ({ pair: { ada, grace, guild } }) => {
  await open(ada, guild, "danger");
  const { page } = ada;
  await page.getByRole("button", { name: "Hand over" }).click();
  const dialog = page.getByRole("dialog", { name: "Hand the guild over" });
  await dialog.getByRole("button", { name: new RegExp(grace.account.name) }).click();
  await expect(dialog.getByRole("button", { name: "Hand over" })).toBeDisabled();
  await dialog.getByLabel(/^Type/).fill(guild.name);
  await dialog.getByRole("button", { name: "Hand over" }).click();
  await expect(page.getByRole("link", { name: "Danger zone" })).toHaveCount(0);

  await open(grace, guild, "danger");
  await grace.page.getByRole("button", { name: "Delete the guild" }).click();
  await grace.page.getByLabel(/^Type/).fill(guild.name);
  await grace.page.getByRole("button", { name: "Delete for good" }).click();
  await expect(grace.page).toHaveURL(/channels\/@me/);
  await expect(page).toHaveURL(/channels\/@me/);
});
