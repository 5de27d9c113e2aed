/** Somebody in front of a browser. */
import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import type { Account, Hall } from "./hall";

export class Person {
  constructor(
    readonly page: Page,
    readonly hall: Hall,
    readonly account: Account,
  ) {}

  /** Logged in, in a context of their own. */
  static async at(context: BrowserContext, hall: Hall, account: Account): Promise<Person> {
    await context.addInitScript((token) => {
      if (sessionStorage.getItem("seeded")) return;
      sessionStorage.setItem("seeded", "yes");
      localStorage.setItem("guildhall.token", token);
    }, account.token);
    return new Person(await context.newPage(), hall, account);
  }

  async open(guild: string, channel: string): Promise<void> {
    await this.page.goto(`${this.hall.url}/channels/${guild}/${channel}`);
    await expect(this.composer).toBeVisible();
  }

  get composer(): Locator {
    return this.page.locator("[data-composer]");
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Messages" });
  }

  /** Messages in which a text stands. */
  message(text: string | RegExp): Locator {
    return this.log.locator("article.message").filter({ hasText: text });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Says it, and waits until the server has it. */
  async said(text: string): Promise<Locator> {
    await this.say(text);
    const message = this.message(text);
    await expect(message).toHaveCount(1);
    await expect(message).toHaveAttribute("data-message", /^\d+$/);
    return message;
  }

  async sees(text: string | RegExp): Promise<Locator> {
    const message = this.message(text);
    await expect(message).toHaveCount(1);
    return message;
  }

  /** Chooses from the menu of a message. */
  async menu(message: Locator, entry: string): Promise<void> {
    await message.hover();
    await message.getByRole("button", { name: "More" }).click();
    await this.page.getByRole("menuitem", { name: entry, exact: true }).click();
  }
}
