/** Linked roles: made in the role editor, seen by members, and given by what an application says. */
import type { Account, Hall } from "./hall";
import { sound } from "./sound";
import { expect, test } from "./test";

test("a role asks for a connection, and who has it gets the role", async ({ hall, pair: { ada, grace, guild } }) => {
  const { page } = ada;
  const made = await hall.call(ada.account, "POST", "/guildhall/v1/applications", { name: "Chess" });
  const bot = { token: `Bot ${made.bot.token}` };
  const fields = [
    { type: 2, key: "wins", name: "Games won", description: "Of all games" },
    { type: 7, key: "verified", name: "Verified", description: "A known player" },
  ];
  await hall.call(bot, "PUT", `/applications/${made.id}/role-connections/metadata`, fields);
  const application = { role_connections_verification_url: "https://chess.example/link", redirect_uris: ["https://chess.example/done"] };
  await hall.call(ada.account, "PATCH", `/applications/${made.id}`, application);
  await hall.call(ada.account, "PUT", `/guildhall/v1/guilds/${guild.id}/bots/${made.id}`, { permissions: "0" });
  await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Player", color: 0x3b82f6 });

  await page.goto(`${hall.url}/guilds/${guild.id}/settings/roles`);
  await page.getByRole("button", { name: /^Player/ }).click();
  await page.getByRole("tab", { name: "Links" }).click();
  await expect(page.getByText("It asks for nothing")).toBeVisible();
  await page.getByRole("button", { name: "Add a rule" }).click();
  const first = page.getByRole("group", { name: "Way 1" });
  await expect(first.getByLabel("What it says")).toHaveValue("wins");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(first.getByText("Write a whole number.")).toBeVisible();
  await first.getByLabel("Is at least").fill("10");
  await page.getByRole("button", { name: "Another way" }).click();
  const second = page.getByRole("group", { name: "Way 2" });
  await second.getByLabel("What it says").selectOption("verified");
  await second.getByRole("button", { name: "And also" }).click();
  await second.getByLabel("Is at least").fill("3");
  await sound(ada, "rules of a linked role");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("group", { name: "Unsaved changes" })).toHaveCount(0);
  await page.reload();
  await page.getByRole("button", { name: /^Player/ }).click();
  await page.getByRole("tab", { name: "Links" }).click();
  await expect(first.getByLabel("Is at least")).toHaveValue("10");
  await expect(second.getByLabel("What it says").first()).toHaveValue("verified");
  await page.getByRole("tab", { name: "Members" }).click();
  await expect(page.getByText("given by its rules alone")).toBeVisible();
  await expect(page.getByRole("button", { name: "Add members" })).toHaveCount(0);

  const theirs = grace.page;
  await theirs.getByRole("button", { name: `${guild.name}: menu` }).click();
  await theirs.getByRole("menuitem", { name: "Linked roles" }).click();
  const dialog = theirs.getByRole("dialog", { name: "Linked roles" });
  await expect(dialog.getByText("Games won: 10 or more")).toBeVisible();
  await expect(dialog.getByText("Verified: yes")).toBeVisible();
  await expect(dialog.getByText("Not yet")).toBeVisible();
  await expect(dialog.getByText("Not connected")).toBeVisible();
  await expect(dialog.getByRole("link", { name: /^Connect/ })).toHaveAttribute("href", "https://chess.example/link");
  await sound(grace, "linked roles");

  // The application, with their leave, says what it knows.
  const as = await allowed(hall, ada.account, grace.account, made.id);
  const said = { platform_name: "Chess", platform_username: "grace1906", metadata: { wins: 12 } };
  await hall.call(as, "PUT", `/users/@me/applications/${made.id}/role-connection`, said);
  await expect(dialog.getByText("You have it")).toBeVisible();
  await theirs.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect(dialog.getByText("Connected as grace1906 at Chess")).toBeVisible();
  await dialog.getByRole("button", { name: /^Disconnect/ }).click();
  await expect(dialog.getByText("Not connected")).toBeVisible();
  await expect(dialog.getByText("Not yet")).toBeVisible();
});

/** Somebody's word that an application may say something of them. */
async function allowed(hall: Hall, owner: Account, who: Account, id: string): Promise<{ token: string }> {
  const redirect_uri = "https://chess.example/done";
  const query = new URLSearchParams({ client_id: id, response_type: "code", redirect_uri, scope: "identify role_connections.write" });
  const { location } = await hall.call(who, "POST", `/oauth2/authorize?${query}`, { authorize: true });
  const { client_secret } = await hall.call(owner, "POST", `/guildhall/v1/applications/${id}/secret/reset`, {});
  const code = new URL(location).searchParams.get("code") ?? "";
  const body = new URLSearchParams({ client_id: id, client_secret, grant_type: "authorization_code", code, redirect_uri });
  const answer = await fetch(`${hall.url}/api/v10/oauth2/token`, { method: "POST", body });
  const told = (await answer.json()) as { access_token: string };
  return { token: `Bearer ${told.access_token}` };
}
