/** Settings and administration can be used by those who do not see them as others do, and on small screens. */
import { Person } from "./person";
import { sound } from "./sound";
import { expect, test } from "./test";

const MINE = [
  "account",
  "profile",
  "security",
  "privacy",
  "authorized",
  "purchases",
  "notifications",
  "appearance",
  "language",
  "keys",
  "applications",
];
const GUILD = [
  "overview",
  "roles",
  "channels",
  "emoji",
  "stickers",
  "soundboard",
  "template",
  "onboarding",
  "screening",
  "welcome",
  "requests",
  "members",
  "invites",
  "automod",
  "bans",
  "audit-log",
  "bots",
  "webhooks",
  "widget",
  "danger",
];
const STAFF = ["overview", "settings", "people", "guilds", "log", "danger"];
const WIDTHS = [1440, 1024, 390];

const soft = expect.configure({ soft: true, timeout: 3000 });

/** Nothing hangs out of the page at the side. */
async function fits(person: Person, where: string): Promise<void> {
  for (const width of WIDTHS) {
    await person.page.setViewportSize({ width, height: 900 });
    // What depends on the width is drawn anew a moment later.
    const over = () =>
      person.page.evaluate(() => {
        const main = document.querySelector(".settings-main");
        return (
          document.documentElement.scrollWidth > innerWidth || (main !== null && main.scrollWidth > main.clientWidth)
        );
      });
    await soft.poll(over, { message: `${where} at ${width}` }).toBe(false);
  }
  await person.page.setViewportSize({ width: 1280, height: 800 });
}

for (const theme of ["dark", "light"] as const) {
  test(`settings are accessible (${theme})`, async ({ person, hall, browser }) => {
    test.setTimeout(900_000);
    const ada = await person("ada");
    const guild = await hall.guild(ada.account, (await person("grace")).account);
    await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Keepers", color: 0xffd27a });
    await hall.call(ada.account, "POST", `/channels/${guild.channel}/webhooks`, { name: "Tides" });
    await hall.call(ada.account, "POST", "/guildhall/v1/applications", { name: "Helper" });
    const { owner } = await hall.begin();
    const context = await browser.newContext();
    const keeper = await Person.at(context, hall, owner);
    const look = async (who: Person, path: string, then?: () => Promise<void>) => {
      await who.page.goto(hall.url + path);
      await expect(who.page.locator(".settings-page")).toBeVisible();
      await expect(who.page.locator(".settings-page [aria-busy=true]")).toHaveCount(0);
      await then?.();
      await sound(who, path);
      // Sizes are the same in both.
      if (theme === "dark") await fits(who, path);
    };
    for (const one of [ada, keeper]) {
      await one.page.goto(`${hall.url}/settings/account`);
      await one.page.evaluate(
        (chosen) => localStorage.setItem("guildhall.preferences", JSON.stringify({ theme: chosen })),
        theme,
      );
    }
    for (const page of MINE) await look(ada, `/settings/${page}`);
    for (const page of GUILD) await look(ada, `/guilds/${guild.id}/settings/${page}`);
    for (const page of STAFF) await look(keeper, `/admin/${page}`);

    const { page } = ada;
    await look(ada, `/guilds/${guild.id}/settings/roles`, async () => {
      await page
        .getByRole("list", { name: /^Roles/ })
        .getByRole("button", { name: /^Keepers/ })
        .click();
      await page.getByLabel("Name", { exact: true }).fill("Wardens");
    });
    await look(ada, `/guilds/${guild.id}/settings/roles`, async () => {
      await page
        .getByRole("list", { name: /^Roles/ })
        .getByRole("button", { name: /^Keepers/ })
        .click();
      await page.getByRole("tab", { name: "Permissions" }).click();
    });
    await look(ada, `/guilds/${guild.id}/settings/channels`, async () => {
      await page.getByRole("list", { name: "Channels" }).getByRole("button", { name: "general", exact: true }).click();
      await page.getByRole("tab", { name: "Permissions" }).click();
    });
    await look(ada, "/settings/applications", async () => {
      await page.getByRole("button", { name: /Helper/ }).click();
      await page.getByRole("tab", { name: "Shop" }).click();
      await expect(page.getByText("Nobody yet")).toBeVisible();
    });
    // What opens over a window is there for those who listen, too.
    await look(ada, `/guilds/${guild.id}/settings/soundboard`, async () => {
      await page.getByRole("button", { name: "Upload a sound" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Emoji" }).click();
      await page.getByRole("searchbox", { name: "Find an emoji" }).fill("anchor");
      await expect(page.getByRole("button", { name: "anchor", exact: true })).toBeVisible();
    });
    await look(ada, "/settings/security", async () => {
      await page.getByRole("button", { name: "Set up" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
    });
    await look(keeper, "/admin/people", async () => {
      // The list is as long as there were people in all tests.
      await keeper.page.getByRole("searchbox", { name: "Search by name or email" }).fill(ada.account.name);
      await keeper.page.getByRole("button", { name: `Manage ${ada.account.name}` }).click();
      await expect(keeper.page.getByRole("dialog")).toBeVisible();
    });
    await context.close();
  });
}
