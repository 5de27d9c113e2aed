/** Events: planned, seen by everybody, and who is interested. */
import { sound } from "./sound";
import { expect, test } from "./test";

test("an event is planned, others are interested, it begins and ends", async ({ pair: { ada, grace, guild } }) => {
  const { page } = ada;
  const list = (who: typeof ada) => who.page.getByRole("navigation", { name: `Channels of ${guild.name}` });
  await list(ada).getByRole("button", { name: /^Events/ }).click();
  const events = page.getByRole("dialog", { name: "Events" });
  await expect(events.getByText("Nothing is planned")).toBeVisible();
  await events.getByRole("button", { name: "Plan an event" }).click();
  const plan = page.getByRole("dialog", { name: "Plan an event" });
  await plan.getByLabel("Name", { exact: true }).fill("Night of the lamps");
  await plan.getByRole("radio", { name: "Elsewhere" }).click();
  await plan.getByRole("button", { name: "Plan it" }).click();
  await expect(plan.locator(".field-error", { hasText: "Say where it is." })).toBeVisible();
  await plan.getByLabel("Place").fill("The old pier");
  await plan.getByLabel("Begins").fill("2031-05-01T20:00");
  await plan.getByLabel("Ends").fill("2031-05-01T23:00");
  await plan.getByLabel("Comes again").selectOption("weekly");
  await sound(ada, "planning an event");
  await plan.getByRole("button", { name: "Plan it" }).click();
  await expect(plan).toHaveCount(0);
  const mine = events.getByRole("listitem").filter({ hasText: "Night of the lamps" });
  await expect(mine).toContainText("The old pier");
  await expect(mine).toContainText("Every week");
  await sound(ada, "events");

  await expect(list(grace).getByRole("button", { name: /^Events/ })).toContainText("1");
  await list(grace).getByRole("button", { name: /^Events/ }).click();
  const hers = grace.page.getByRole("listitem").filter({ hasText: "Night of the lamps" });
  await expect(hers.getByRole("button", { name: /^Delete/ })).toHaveCount(0);
  await hers.getByRole("button", { name: "Interested" }).click();
  await expect(hers.getByRole("button", { name: "Interested" })).toHaveAttribute("aria-pressed", "true");
  await expect(mine.locator(".event-count")).toHaveText(/\b(1|2)\b/);

  // One time of it is left out, and taken back in.
  await mine.getByText("Next times").click();
  const times = mine.getByRole("list", { name: "Next times of Night of the lamps" }).getByRole("listitem");
  await expect(times).toHaveCount(5);
  await times.nth(1).getByRole("button", { name: /^Cancel this one/ }).click();
  await expect(times.nth(1)).toContainText("Cancelled");
  await hers.getByText("Next times").click();
  await expect(hers.getByRole("listitem").nth(1)).toContainText("Cancelled");
  await expect(hers.getByRole("button", { name: /this one/ })).toHaveCount(0);
  await sound(ada, "an event with a time left out");
  await times.nth(1).getByRole("button", { name: /^Bring back/ }).click();
  await expect(mine.getByText("Cancelled", { exact: true })).toHaveCount(0);

  // Another is moved, for everybody, and put back.
  await times.nth(2).getByRole("button", { name: /^Move/ }).click();
  const move = page.getByRole("dialog", { name: "Move Night of the lamps" });
  await expect(move.getByLabel("Begins")).toHaveValue("2031-05-15T20:00");
  await move.getByLabel("Begins").fill("2031-05-16T18:30");
  await expect(move.getByLabel("Ends")).toHaveValue("2031-05-16T21:30");
  await move.getByLabel("Ends").fill("2031-05-16T18:00");
  await move.getByRole("button", { name: "Move it" }).click();
  await expect(move.getByText("It ends before it begins.")).toBeVisible();
  await move.getByLabel("Ends").fill("2031-05-16T22:00");
  await sound(ada, "moving one time of an event");
  await move.getByRole("button", { name: "Move it" }).click();
  await expect(move).toHaveCount(0);
  await expect(times.nth(2)).toContainText("Moved");
  await expect(hers.getByRole("listitem").nth(2)).toContainText("Moved");
  await expect(hers.getByRole("listitem").nth(2)).toContainText("16");
  await times.nth(2).getByRole("button", { name: /^Put back/ }).click();
  await expect(hers.getByText("Moved", { exact: true })).toHaveCount(0);

  await mine.getByRole("button", { name: /^Begin/ }).click();
  await expect(hers).toContainText("Going on now");
  await mine.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog", { name: /^Delete/ }).getByRole("button", { name: "Delete" }).click();
  await expect(grace.page.getByText("Nothing is planned")).toBeVisible();
});
