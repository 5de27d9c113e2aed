/** Newcomers: what they are asked, how they are greeted, and how managers set that up. */
import type { Guild, Hall, Account } from "./hall";
import { sound } from "./sound";
import { expect, test } from "./test";

/** As many channels as onboarding takes. */
async function rooms(hall: Hall, owner: Account, guild: Guild, count: number): Promise<string[]> {
  const ids: string[] = [guild.channel];
  for (let number = 1; number < count; number += 1) {
    const made = await hall.call(owner, "POST", `/guilds/${guild.id}/channels`, { name: `room-${number}`, type: 0 });
    ids.push(made.id);
  }
  return ids;
}

test("a newcomer answers, and finds their roles and channels", async ({ person, hall }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  const guild = await hall.guild(ada.account);
  const channels = await rooms(hall, ada.account, guild, 8);
  const fish = await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Fish" });
  const birds = await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Birds" });
  const { page } = ada;

  // The manager asks a question.
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/onboarding`);
  await expect(page.getByRole("switch", { name: "Ask newcomers" })).toBeDisabled();
  await page.getByRole("button", { name: "Choose: Channels" }).click();
  for (let number = 1; number < 7; number += 1) await page.getByLabel(`#room-${number}`, { exact: true }).check();
  await page.getByLabel("#general", { exact: true }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("switch", { name: "Ask newcomers" }).press("Space");
  await page.getByRole("button", { name: "Add a question" }).click();
  await page.getByRole("textbox", { name: "Question 1" }).fill("What do you watch?");
  await page.getByRole("textbox", { name: "Answer 1" }).fill("Birds");
  await page.getByRole("button", { name: "Choose: Gives roles" }).click();
  await page.getByLabel("Birds", { exact: true }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add an answer" }).click();
  const second = page.getByRole("group", { name: "Answer 2" });
  await second.getByRole("textbox", { name: "Answer 2" }).fill("Fish");
  await second.getByRole("button", { name: "Choose: Gives roles" }).click();
  await page.getByLabel("Fish", { exact: true }).check();
  await page.keyboard.press("Escape");
  await second.getByRole("button", { name: "Choose: Lists channels" }).click();
  await page.getByLabel("#room-7", { exact: true }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("switch", { name: "Must be answered" }).press("Space");
  await sound(ada, "onboarding settings");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);

  // The newcomer is held until they answered.
  const code = await hall.invite(ada.account, guild);
  await grace.page.goto(`${hall.url}/invite/${code}`);
  await grace.page.getByRole("button", { name: "Accept invite" }).click();
  await expect(grace.page.getByRole("heading", { name: `Welcome to ${guild.name}` })).toBeVisible();
  await expect(grace.page.getByRole("button", { name: "Finish" })).toBeDisabled();
  await grace.page.getByRole("button", { name: /^Fish/ }).click();
  await sound(grace, "onboarding");
  await grace.page.getByRole("button", { name: "Finish" }).click();
  await expect(grace.composer).toBeVisible();
  const member = await hall.call(ada.account, "GET", `/guilds/${guild.id}/members/${grace.account.id}`);
  expect(member.roles).toEqual([fish.id]);
  const list = grace.page.getByRole("navigation", { name: `Channels of ${guild.name}` });
  await expect(list.getByRole("link", { name: "room-7" })).toBeVisible();

  // Later they change their mind.
  await grace.page.getByRole("button", { name: `${guild.name}: menu` }).click();
  await grace.page.getByRole("menuitem", { name: "Channels and roles" }).click();
  const dialog = grace.page.getByRole("dialog", { name: "Channels and roles" });
  await sound(grace, "channels and roles");
  await dialog.getByRole("tab", { name: "Questions" }).click();
  await expect(dialog.getByRole("button", { name: /^Fish/ })).toHaveAttribute("aria-pressed", "true");
  await dialog.getByRole("button", { name: /^Birds/ }).click();
  await dialog.getByRole("button", { name: /^Fish/ }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect
    .poll(() => hall.call(ada.account, "GET", `/guilds/${guild.id}/members/${grace.account.id}`).then((one) => one.roles))
    .toEqual([birds.id]);
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(list.getByRole("link", { name: "room-7" })).toHaveCount(0);
  await expect(list.getByRole("link")).toHaveCount(channels.length - 1);
});

test("a welcome screen greets whoever joins, once", async ({ person, hall }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  const guild = await hall.guild(ada.account);
  const { page } = ada;
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/welcome`);
  await page.getByRole("switch", { name: "Greet newcomers" }).press("Space");
  await page.getByLabel("A few words").fill("The oldest lamp on the coast.");
  await page.getByRole("button", { name: "Add a channel" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Say in a few words what each channel is for.")).toBeVisible();
  await page.getByLabel("What for").fill("Say hello");
  await sound(ada, "welcome settings");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);

  const code = await hall.invite(ada.account, guild);
  await grace.page.goto(`${hall.url}/invite/${code}`);
  await grace.page.getByRole("button", { name: "Accept invite" }).click();
  const greeting = grace.page.getByRole("dialog", { name: `Welcome to ${guild.name}` });
  await expect(greeting.getByText("The oldest lamp on the coast.")).toBeVisible();
  await sound(grace, "welcome screen");
  await greeting.getByRole("button", { name: /Say hello/ }).click();
  await expect(greeting).toHaveCount(0);
  await expect(grace.composer).toBeVisible();
  await grace.page.reload();
  await expect(grace.composer).toBeVisible();
  await expect(greeting).toHaveCount(0);
});

test("newcomers agree to rules and answer, and somebody lets them in", async ({ person, hall }) => {
  const ada = await person("ada");
  const grace = await person("grace");
  const guild = await hall.guild(ada.account);
  const { page } = ada;
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/screening`);
  await page.getByRole("switch", { name: "Newcomers fill in a form" }).press("Space");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("A form needs a rule or a question.")).toBeVisible();
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("textbox", { name: "Rule 1" }).fill("Keep the lamp lit.");
  await page.getByRole("button", { name: "Add a question" }).click();
  await page.getByRole("textbox", { name: "Question 1" }).fill("Which watch?");
  await page.getByLabel("Answered by").selectOption({ label: "One of several" });
  await page.getByRole("textbox", { name: "Answer 1" }).fill("Night");
  await page.getByRole("textbox", { name: "Answer 2" }).fill("Day");
  await sound(ada, "screening settings");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);

  const code = await hall.invite(ada.account, guild);
  await grace.page.goto(`${hall.url}/invite/${code}`);
  await grace.page.getByRole("button", { name: "Accept invite" }).click();
  await grace.page.getByRole("button", { name: "Fill it in" }).click();
  const form = grace.page.getByRole("dialog", { name: "Before you talk here" });
  await expect(form.getByText("Keep the lamp lit.")).toBeVisible();
  await expect(form.getByRole("button", { name: "Send" })).toBeDisabled();
  await form.getByRole("checkbox").check();
  await form.getByLabel("Which watch?").selectOption({ label: "Night" });
  await sound(grace, "screening");
  await form.getByRole("button", { name: "Send" }).click();
  await expect(grace.page.getByText("Your answers are being read.")).toBeVisible();

  await page.getByRole("link", { name: "Join requests" }).click();
  await expect(page.getByText("Which watch?")).toBeVisible();
  await expect(page.locator(".request-answers")).toContainText("Night");
  await sound(ada, "join requests");
  await page.getByRole("button", { name: `Let in ${grace.account.name}` }).click();
  await expect(page.getByText("Nobody waits")).toBeVisible();
  await expect(grace.composer).toBeVisible();
});

test("a newcomer is told from when on they can write, and writes at once with a role", async ({ pair: { ada, grace, guild }, hall }) => {
  const said = await ada.said("Welcome.");
  await expect(said).toHaveCount(1);
  await hall.call(ada.account, "PATCH", `/guilds/${guild.id}`, { verification_level: 3 });
  await expect(grace.composer).toHaveCount(0);
  await expect(grace.page.getByText(/^You are new here\. You can write from \d\d:\d\d on\.$/)).toBeVisible();
  const message = await grace.sees("Welcome.");
  await message.hover();
  await expect(message.getByRole("button", { name: "More" })).toBeVisible();
  await expect(message.getByRole("button", { name: "Add a reaction" })).toHaveCount(0);
  await expect(message.getByRole("button", { name: "Reply" })).toHaveCount(0);
  // The owner is no newcomer.
  await ada.said("I write here.");
  const role = await hall.call(ada.account, "POST", `/guilds/${guild.id}/roles`, { name: "Known" });
  await hall.call(ada.account, "PUT", `/guilds/${guild.id}/members/${grace.account.id}/roles/${role.id}`);
  await grace.said("So do I.");
  await hall.call(ada.account, "DELETE", `/guilds/${guild.id}/members/${grace.account.id}/roles/${role.id}`);
  await expect(grace.composer).toHaveCount(0);
  await hall.call(ada.account, "PATCH", `/guilds/${guild.id}`, { verification_level: 0 });
  await grace.said("And again.");
});
