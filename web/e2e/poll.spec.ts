/** Polls: made, voted in, counted live, ended. */
import { sound } from "./sound";
import { expect, test } from "./test";

test("a poll is made, and everybody sees the votes as they come", async ({ pair: { ada, grace } }) => {
  const { page } = ada;
  await page.getByRole("button", { name: "Add to the message" }).click();
  await page.getByRole("menuitem", { name: "Make a poll" }).click();
  const dialog = page.getByRole("dialog", { name: "Make a poll" });
  await expect(dialog.getByRole("button", { name: "Post the poll" })).toBeDisabled();
  await dialog.getByLabel("Question").fill("Tea or coffee?");
  await dialog.getByRole("textbox", { name: "Answer 1" }).fill("Tea");
  await dialog.getByRole("textbox", { name: "Answer 2" }).fill("Coffee");
  await sound(ada, "making a poll");
  await dialog.getByRole("button", { name: "Post the poll" }).click();
  await expect(dialog).toHaveCount(0);

  const poll = page.getByRole("region", { name: "Poll: Tea or coffee?" });
  const hers = grace.page.getByRole("region", { name: "Poll: Tea or coffee?" });
  await expect(hers.getByRole("button", { name: "Vote", exact: true })).toBeDisabled();
  await hers.getByRole("button", { name: "Tea" }).click();
  await hers.getByRole("button", { name: "Vote", exact: true }).click();
  await expect(hers.locator(".poll-answer.mine")).toContainText("100 %");
  await expect(poll).toContainText("1 vote");
  await poll.getByRole("button", { name: "Coffee" }).click();
  await poll.getByRole("button", { name: "Vote", exact: true }).click();
  await expect(hers.locator(".poll-answer", { hasText: "Coffee" })).toContainText("50 %");
  await sound(grace, "poll with votes");

  // A vote is taken back, and who voted is told.
  await hers.getByRole("button", { name: "Take back my vote" }).click();
  await expect(poll.locator(".poll-answer", { hasText: "Coffee" })).toContainText("100 %");
  await poll.getByRole("button", { name: "1 vote", exact: true }).click();
  const voters = page.getByRole("dialog", { name: "Tea or coffee?" });
  await expect(voters.getByText(ada.account.name)).toBeVisible();
  await voters.getByRole("button", { name: "Close" }).click();

  await expect(hers.getByRole("button", { name: "End now" })).toHaveCount(0);
  await poll.getByRole("button", { name: "End now" }).click();
  await page.getByRole("dialog", { name: "End the poll now?" }).getByRole("button", { name: "End the poll" }).click();
  await expect(hers).toContainText("The poll has ended.");
  await expect(grace.log).toContainText("won with 1 of 1");
});
