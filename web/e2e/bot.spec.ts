/** A bot on stock discord.js answers a person in the browser. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "./test";

const CLIENT = fileURLToPath(new URL("../../tests/clients/node/bot.mjs", import.meta.url));

test("a slash command, its button and its form", async ({ pair: { ada, grace, guild }, hall }) => {
  const application = await hall.call(ada.account, "POST", "/guildhall/v1/applications", { name: "helper" });
  const add = `/guildhall/v1/guilds/${guild.id}/bots/${application.id}`;
  await hall.call(ada.account, "PUT", add, { permissions: "8" });
  const bot = spawn("node", [CLIENT], {
    env: { ...process.env, API_URL: `${hall.url}/api`, CDN_URL: `${hall.url}/cdn`, BOT_TOKEN: application.bot.token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const steps: { step: string; error?: string }[] = [];
  createInterface({ input: bot.stdout }).on("line", (line) => steps.push(JSON.parse(line)));
  try {
    await expect.poll(() => steps.map((one) => one.error ?? one.step), { timeout: 30_000 }).toContain("ready");
    await expect(ada.page.getByRole("complementary", { name: "Members" }).getByText("helper")).toBeVisible();

    await ada.composer.pressSequentially("/gre");
    await expect(ada.page.getByRole("option", { name: /greet/ })).toBeVisible();
    await ada.composer.press("Enter");
    await ada.page.getByLabel("name", { exact: true }).fill("the lighthouse");
    await ada.page.getByRole("button", { name: "Run" }).click();

    // Everybody in the channel reads the answer.
    const answer = await grace.sees("hello the lighthouse");
    await expect(answer.locator(".answered")).toContainText(ada.account.name);
    await expect(answer.locator(".answered")).toContainText("greet");

    await (await ada.sees("hello the lighthouse")).getByRole("button", { name: "More", exact: true }).first().click();
    const form = ada.page.getByRole("dialog", { name: "A form" });
    await form.getByLabel("Why?").fill("it shines");
    await form.getByRole("button", { name: "Send" }).click();
    await grace.sees("and more");
    await expect(form).toHaveCount(0);
    expect(steps.filter((one) => one.error)).toEqual([]);
  } finally {
    bot.kill();
  }
});
