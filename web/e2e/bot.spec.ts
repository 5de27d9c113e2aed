/** A bot on stock discord.js answers a person in the browser. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Account, Guild, Hall } from "./hall";
import { sound } from "./sound";
import { expect, test } from "./test";

const CLIENT = fileURLToPath(new URL("../../tests/clients/node/bot.mjs", import.meta.url));

interface Step {
  step: string;
  saw?: Record<string, unknown>;
  error?: string;
}

/** Lets the bot into a guild and gives what it saw, once it is there. */
async function helper(hall: Hall, owner: Account, guild: Guild) {
  const application = await hall.call(owner, "POST", "/guildhall/v1/applications", { name: "helper" });
  const add = `/guildhall/v1/guilds/${guild.id}/bots/${application.id}`;
  await hall.call(owner, "PUT", add, { permissions: "8" });
  const token = application.bot.token as string;
  const bot = spawn("node", [CLIENT], {
    env: { ...process.env, API_URL: `${hall.url}/api`, CDN_URL: `${hall.url}/cdn`, BOT_TOKEN: token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const steps: Step[] = [];
  createInterface({ input: bot.stdout }).on("line", (line) => steps.push(JSON.parse(line)));
  await expect.poll(() => steps.map((one) => one.error ?? one.step), { timeout: 30_000 }).toContain("ready");
  const learn = (command: object) =>
    hall.call({ token: `Bot ${token}` }, "POST", `/applications/${application.id}/guilds/${guild.id}/commands`, command);
  const saw = async (step: string) => {
    await expect.poll(() => steps.map((one) => one.error ?? one.step)).toContain(step);
    return steps.find((one) => one.step === step)?.saw;
  };
  return { bot, steps, learn, saw };
}

test("a slash command, its button and its form", async ({ pair: { ada, grace, guild }, hall }) => {
  const { bot, steps } = await helper(hall, ada.account, guild);
  try {
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

test("commands of a person and of a message, by mouse and by keyboard", async ({ pair: { ada, grace, guild }, hall }) => {
  const { bot, steps, learn, saw } = await helper(hall, ada.account, guild);
  try {
    await learn({ name: "Who is that", type: 2 });
    await learn({ name: "Quote", type: 3 });
    const said = await (await ada.said("the lamp is lit")).getAttribute("data-message");
    const seen = await grace.sees("the lamp is lit");

    await seen.hover();
    await seen.getByRole("button", { name: "More" }).click();
    await grace.page.getByRole("menuitem", { name: "Apps" }).click();
    await grace.page.getByRole("menuitem", { name: "Quote" }).click();
    const answer = await ada.sees("they said the lamp is lit");
    await expect(answer.locator(".answered")).toContainText(grace.account.name);
    expect((await saw("on message"))?.target).toBe(said);

    const members = grace.page.getByRole("complementary", { name: "Members" });
    await members.getByRole("button", { name: ada.account.name }).click();
    await grace.page.getByRole("dialog", { name: "Profile" }).getByRole("button", { name: "More" }).focus();
    await grace.page.keyboard.press("Enter");
    const menu = grace.page.getByRole("menu").first();
    await expect(menu.getByRole("menuitem", { name: "Message" })).toBeFocused();
    for (let turn = 0; turn < 10; turn += 1) {
      if (await menu.getByRole("menuitem", { name: "Apps" }).evaluate((one) => one === document.activeElement)) break;
      await grace.page.keyboard.press("ArrowDown");
    }
    await grace.page.keyboard.press("ArrowRight");
    await expect(grace.page.getByRole("menuitem", { name: "Who is that" })).toBeFocused();
    await grace.page.keyboard.press("Enter");
    await ada.sees(`that is ${ada.account.name}`);
    expect((await saw("on user"))?.target).toBe(ada.account.id);
    expect(steps.filter((one) => one.error)).toEqual([]);
  } finally {
    bot.kill();
  }
});

test("a command takes a file, and a form takes every kind of answer", async ({ pair: { ada, grace, guild }, hall }) => {
  const { bot, steps, learn, saw } = await helper(hall, ada.account, guild);
  try {
    const option = { type: 11, name: "thing", description: "What is weighed", required: true };
    await learn({ name: "weigh", description: "Weighs a file", options: [option] });
    await grace.composer.pressSequentially("/wei");
    await expect(grace.page.getByRole("option", { name: /weigh/ })).toBeVisible();
    await grace.composer.press("Enter");
    const run = grace.page.getByRole("button", { name: "Run" });
    await expect(run).toBeDisabled();
    await grace.page.getByLabel("thing", { exact: true }).setInputFiles({ name: "feather.txt", mimeType: "text/plain", buffer: Buffer.from("light") });
    await run.click();
    await ada.sees("feather.txt weighs 5 bytes");
    expect(await saw("weigh")).toEqual({ name: "feather.txt", text: "light" });

    await ada.say("!layout");
    const menu = await grace.sees("Soup of the day");
    // The file of a layout stands among its components, and can be had.
    await expect(menu.getByText("card.txt")).toHaveCount(1);
    await expect(menu.getByText("9 B")).toBeVisible();
    await expect(menu.getByRole("link", { name: "Download card.txt" })).toHaveAttribute("href", /\/cdn\/.*card\.txt/);

    await menu.getByRole("button", { name: "Order" }).click();
    const form = grace.page.getByRole("dialog", { name: "Your order" });
    await form.getByRole("combobox", { name: "Dish" }).fill("so");
    await expect(grace.page.getByRole("option", { name: "soup" })).toBeVisible();
    await sound(grace, "form of an application, choosing");
    await grace.page.keyboard.press("Enter");
    await form.getByRole("button", { name: "Send" }).click();
    await expect(form.getByText("This is needed.")).toBeVisible();
    await sound(grace, "form of an application, incomplete");
    await form.getByRole("radio", { name: "large" }).check();
    await form.getByRole("checkbox", { name: "salt" }).check();
    await form.getByRole("checkbox", { name: "oil" }).check();
    await expect(form.getByRole("checkbox", { name: "pepper" })).toBeDisabled();
    await form.getByRole("checkbox", { name: "To go" }).check();
    await form.getByLabel("Voucher").setInputFiles({ name: "voucher.txt", mimeType: "text/plain", buffer: Buffer.from("one free soup") });
    await form.getByRole("button", { name: "Send" }).click();
    await grace.sees("a large soup");
    await expect(form).toHaveCount(0);
    expect(await saw("survey")).toEqual({
      dish: ["soup"],
      size: "large",
      extras: ["salt", "oil"],
      away: true,
      voucher: { name: "voucher.txt", text: "one free soup" },
    });
    expect(steps.filter((one) => one.error)).toEqual([]);
  } finally {
    bot.kill();
  }
});
