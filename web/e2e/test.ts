/** The test that all specs use: a server for each worker, people for each test. */
import { test as base, expect } from "@playwright/test";
import { type Guild, Hall } from "./hall";
import { Person } from "./person";

interface Given {
  /** Makes an account and opens a browser for it. */
  person: (name: string) => Promise<Person>;
  /** Two people who share a guild and look at its first channel. */
  pair: { ada: Person; grace: Person; guild: Guild };
}

export const test = base.extend<Given, { hall: Hall }>({
  hall: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is asked for from the pattern
    async ({}, use) => {
      const hall = await new Hall().start();
      await use(hall);
      await hall.close();
    },
    { scope: "worker" },
  ],
  person: async ({ browser, hall }, use) => {
    const made: Person[] = [];
    const problems: string[] = [];
    await use(async (name) => {
      const context = await browser.newContext();
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: hall.url });
      const person = await Person.at(context, hall, await hall.account(name));
      person.page.on("pageerror", (error) => problems.push(`${name}: ${error.stack ?? error}`));
      made.push(person);
      return person;
    });
    for (const { page } of made) await page.context().close();
    expect(problems, "no page has an error of its own").toEqual([]);
  },
  pair: async ({ hall, person }, use) => {
    const ada = await person("ada");
    const grace = await person("grace");
    const guild = await hall.guild(ada.account, grace.account);
    await ada.open(guild.id, guild.channel);
    await grace.open(guild.id, guild.channel);
    await use({ ada, grace, guild });
  },
});

export { expect };
