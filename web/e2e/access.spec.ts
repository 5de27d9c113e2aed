/** Every page can be used by those who do not see it as others do: names, roles and contrasts, in both themes. */
import { sound } from "./sound";
import { expect, test } from "./test";

for (const theme of ["dark", "light"] as const) {
  test(`pages are accessible (${theme})`, async ({ pair: { ada, grace, guild }, hall }) => {
    const { page } = ada;
    const role = await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Keepers", color: 0xffd27a, hoist: true });
    await hall.call(ada.account, "PUT", `/guilds/${guild.id}/members/${grace.account.id}/roles/${role.id}`);
    const text = `Look, <@${ada.account.id}>: **bold**, \`code\`, ||hidden||, https://example.org\n> quoted\n\`\`\`js\nlet lamp = 1;\n\`\`\``;
    const first = await hall.say(grace.account, guild.channel, text);
    await hall.say(ada.account, guild.channel, "An answer", { message_reference: { message_id: first.id } });
    await hall.call(ada.account, "PUT", `/channels/${guild.channel}/messages/${first.id}/reactions/%F0%9F%91%80/@me`);
    await hall.call(ada.account, "PUT", `/channels/${guild.channel}/messages/pins/${first.id}`);
    await hall.call(ada.account, "POST", `/channels/${guild.channel}/messages/${first.id}/threads`, { name: "Aside" });
    await hall.call(grace.account, "POST", "/users/@me/relationships", { username: ada.account.name });
    await page.evaluate((chosen) => localStorage.setItem("guildhall.preferences", JSON.stringify({ theme: chosen })), theme);
    await page.reload();
    await expect(ada.message("An answer")).toBeVisible();
    await ada.message("An answer").hover();
    await sound(ada, "channel, hovered");
    await page.locator(".message-author").first().click();
    await expect(page.locator(".profile")).toBeVisible();
    await sound(ada, "profile");
    await page.keyboard.press("Escape");
    for (const panel of ["Pinned messages", "Threads"]) {
      await page.getByRole("button", { name: panel, exact: true }).click();
      await expect(page.locator(".panel-card")).toHaveCount(1);
      await sound(ada, panel);
    }
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox", { name: /Go to/ })).toBeVisible();
    await sound(ada, "switcher");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: `${guild.name}: menu` }).click();
    await sound(ada, "guild menu");
    await page.getByRole("menuitem", { name: "Create a channel" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await sound(ada, "create channel");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Emoji" }).click();
    await expect(page.locator(".emoji-cell").first()).toBeVisible();
    await sound(ada, "emoji");
    await page.keyboard.press("Escape");
    await page.goto(`${hall.url}/channels/@me`);
    await page.getByRole("tab", { name: /Requests/ }).click();
    await expect(page.getByRole("button", { name: "Accept" })).toBeVisible();
    await sound(ada, "friends");
    await page.locator(".header").getByRole("button", { name: "Add a friend" }).click();
    await sound(ada, "add a friend");
    await hall.call(ada.account, "PATCH", `/guilds/${guild.id}`, { features: ["DISCOVERABLE"] });
    await hall.call(ada.account, "PATCH", `/guilds/${guild.id}/discovery-metadata`, { keywords: ["chess", "evenings"] });
    await page.goto(`${hall.url}/discover`);
    await expect(page.getByRole("button", { name: `Open ${guild.name}` })).toBeVisible();
    await sound(ada, "find guilds");
    await page.getByRole("searchbox", { name: "Search guilds" }).fill("nobody has this");
    await expect(page.getByText("Nothing found")).toBeVisible();
    await sound(ada, "find guilds, nothing found");
    await page.evaluate(() => localStorage.removeItem("guildhall.token"));
    await page.goto(`${hall.url}/login`);
    await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
    await sound(ada, "login");
  });
}
