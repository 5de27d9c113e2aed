/** The server dies in the middle and comes back: nothing is lost on screen, nothing stands there twice. */
import { Hall } from "./hall";
import { Person } from "./person";
import { expect, test } from "./test";

const texts = (person: Person): Promise<string[]> =>
  person.log.locator("article.message .markdown").evaluateAll((all) => all.map((one) => one.textContent ?? ""));

test("killed and started again while two people write", async ({ browser }) => {
  const hall = await new Hall(true).start();
  try {
    const accounts = [await hall.account("ada"), await hall.account("grace")] as const;
    const guild = await hall.guild(accounts[0], accounts[1]);
    const ada = await Person.at(await browser.newContext(), hall, accounts[0]);
    const grace = await Person.at(await browser.newContext(), hall, accounts[1]);
    await ada.open(guild.id, guild.channel);
    await grace.open(guild.id, guild.channel);
    const written: string[] = [];
    const write = async (person: Person, text: string) => {
      written.push(text);
      await person.say(text);
    };
    for (let index = 0; index < 3; index += 1) await write(ada, `before ${index}`);
    await grace.sees("before 2");

    // Some of these reach it, some do not; of some only the answer is lost.
    const killed = (async () => {
      await ada.page.waitForTimeout(60);
      await hall.kill();
    })();
    for (let index = 0; index < 8; index += 1) await write(index % 2 ? ada : grace, `amid ${index}`);
    await killed;
    await write(ada, "into the dark");
    await write(grace, "is anybody there");
    await expect(ada.message("into the dark")).toHaveCount(1);
    await expect(ada.page.getByText("Connecting again")).toBeVisible();

    await hall.start();
    await expect(ada.page.getByText("Connecting again")).toHaveCount(0, { timeout: 60_000 });
    for (const person of [ada, grace]) {
      for (const text of written) await expect(person.message(new RegExp(`${text}$`)), text).toHaveCount(1, { timeout: 60_000 });
      await expect(person.log.locator("article.pending")).toHaveCount(0);
    }

    // Afterwards everything goes on, live.
    await ada.said("after all");
    await grace.sees("after all");
    expect(await texts(ada)).toEqual(await texts(grace));
    const kept = await hall.call(accounts[0], "GET", `/channels/${guild.channel}/messages?limit=100`);
    const stored = kept.filter((one: { type: number }) => one.type === 0).map((one: { content: string }) => one.content).reverse();
    expect([...stored].sort()).toEqual([...written, "after all"].sort());
    expect(await texts(ada)).toEqual(stored);
  } finally {
    await hall.close();
  }
});

test("what cannot be sent stays, with a way to try again or to drop it", async ({ pair: { ada, grace } }) => {
  await ada.page.route("**/messages", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await ada.say("lost at sea");
  const note = ada.log.getByRole("alert");
  await expect(note).toContainText("Not sent");
  await ada.page.unroute("**/messages");
  await note.getByRole("button", { name: "Retry" }).click();
  await grace.sees("lost at sea");
  await expect(note).toHaveCount(0);
  await expect(ada.message("lost at sea")).toHaveCount(1);

  await ada.page.route("**/messages", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await ada.say("better unsaid");
  await ada.log.getByRole("alert").getByRole("button", { name: "Discard" }).click();
  await expect(ada.message("better unsaid")).toHaveCount(0);
});

test("a connection that breaks off is picked up where it was", async ({ pair: { ada, grace } }) => {
  await grace.page.context().setOffline(true);
  await grace.page.evaluate(() => window.dispatchEvent(new Event("offline")));
  for (const text of ["one", "two", "three"]) await ada.said(`while away ${text}`);
  await grace.page.context().setOffline(false);
  for (const text of ["one", "two", "three"]) await grace.sees(`while away ${text}`);
  await grace.said("back again");
  await ada.sees("back again");
});
