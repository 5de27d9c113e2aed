/** Forums: a post is made, found, and spoken in. */
import { sound } from "./sound";
import { expect, test } from "./test";

test("posts are made with tags, found by them, and seen by everybody", async ({ pair: { ada, grace, guild }, hall }) => {
  const { page } = ada;
  await page.getByRole("button", { name: `${guild.name}: menu` }).click();
  await page.getByRole("menuitem", { name: "Create a channel" }).click();
  await page.getByText("Forum", { exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("ideas");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.getByRole("heading", { name: "ideas", level: 1 })).toBeVisible();
  await expect(page.getByText("No posts yet")).toBeVisible();

  // Its tags.
  const list = page.getByRole("navigation", { name: `Channels of ${guild.name}` });
  await list.getByRole("link", { name: "ideas" }).hover();
  await list.getByRole("button", { name: "Edit ideas" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit the channel" });
  await dialog.getByRole("tab", { name: "Posts" }).click();
  for (const [at, name] of [[1, "Lamp"], [2, "Boat"]] as const) {
    await dialog.getByRole("button", { name: "Add a tag" }).click();
    await dialog.getByRole("textbox", { name: `Name of tag ${at}` }).fill(name);
  }
  await dialog.getByRole("switch", { name: "Posts need a tag" }).press("Space");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  await dialog.getByRole("button", { name: "Close" }).click();

  // A post, by somebody else.
  await grace.page.getByRole("navigation", { name: `Channels of ${guild.name}` }).getByRole("link", { name: "ideas" }).click();
  await grace.page.getByRole("button", { name: "New post" }).click();
  const post = grace.page.getByRole("dialog", { name: "New post" });
  await post.getByLabel("Title").fill("A second lamp");
  await post.getByLabel("Message", { exact: true }).fill("For the east side :bulb:");
  await expect(post.getByRole("button", { name: "Post", exact: true })).toBeDisabled();
  await post.getByRole("button", { name: "Lamp" }).click();
  await sound(grace, "new post");
  await post.getByRole("button", { name: "Post", exact: true }).click();
  await expect(grace.page.getByRole("heading", { name: "A second lamp", level: 1 })).toBeVisible();
  await grace.sees("For the east side 💡");

  const posts = page.getByRole("list", { name: "Posts in ideas" });
  await expect(posts.getByRole("link", { name: "A second lamp" })).toBeVisible();
  await expect(posts).toContainText("For the east side 💡");
  const forum = (await hall.call(ada.account, "GET", `/guilds/${guild.id}/channels`)).find((one: { name: string }) => one.name === "ideas");
  const boat = forum.available_tags.find((one: { name: string }) => one.name === "Boat").id;
  await hall.call(ada.account, "POST", `/channels/${forum.id}/threads`, { name: "Oars", message: { content: "Two are cracked." }, applied_tags: [boat] });
  await expect(posts.getByRole("listitem").filter({ has: page.getByRole("heading") })).toHaveCount(2);
  await expect(posts.getByRole("heading").first()).toHaveText("Oars");
  await sound(ada, "forum");

  // Found by a tag, and by a word.
  const filter = page.getByRole("group", { name: "Only posts with these tags" });
  await filter.getByRole("button", { name: "Lamp" }).click();
  await expect(posts.getByRole("heading")).toHaveText(["A second lamp"]);
  await filter.getByRole("button", { name: "Lamp" }).click();
  await page.getByRole("searchbox", { name: "Search posts" }).fill("oar");
  await expect(posts.getByRole("heading")).toHaveText(["Oars"]);
  await page.getByRole("searchbox", { name: "Search posts" }).fill("");

  // What is said brings a post up; who made it changes its tags.
  await grace.said("Who has a lens?");
  await expect(posts.getByRole("heading").first()).toHaveText("A second lamp");
  await grace.page.getByRole("button", { name: "Edit tags" }).click();
  const tags = grace.page.getByRole("dialog", { name: "Tags of the post" });
  await tags.getByRole("button", { name: "Boat" }).click();
  await tags.getByRole("button", { name: "Save" }).click();
  await expect(posts.getByRole("listitem").filter({ hasText: "A second lamp" }).getByRole("list", { name: "Tags" })).toContainText("Boat");
  await posts.getByRole("link", { name: "A second lamp" }).click();
  await ada.sees("Who has a lens?");
});

test("a forum is unread until somebody looks at it", async ({ pair: { ada, grace, guild }, hall }) => {
  const forum = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "ideas", type: 15 });
  const row = (who: typeof ada) => who.page.locator(".channel", { has: who.page.locator(`[data-channel="${forum.id}"]`) }).first();
  await expect(row(grace)).toBeVisible();
  await expect(row(grace)).not.toHaveClass(/unread/);
  await hall.call(ada.account, "POST", `/channels/${forum.id}/threads`, { name: "Oars", message: { content: "Two are cracked." } });
  await expect(row(grace)).toHaveClass(/unread/);
  await row(grace).getByRole("link", { name: "ideas" }).click();
  await expect(grace.page.getByRole("link", { name: "Oars" })).toBeVisible();
  await expect(row(grace)).not.toHaveClass(/unread/);

  // What comes while one looks is seen; it stays so when the page is loaded again.
  await hall.call(ada.account, "POST", `/channels/${forum.id}/threads`, { name: "Rowlocks", message: { content: "Gone." } });
  await expect(grace.page.getByRole("link", { name: "Rowlocks" })).toBeVisible();
  await expect(row(grace)).not.toHaveClass(/unread/);
  const acked = grace.page.waitForResponse((answer) => answer.url().endsWith("/ack"));
  await hall.call(ada.account, "POST", `/channels/${forum.id}/threads`, { name: "Thwarts", message: { content: "Split." } });
  expect((await acked).ok()).toBe(true);
  await grace.page.reload();
  await expect(row(grace)).toBeVisible();
  await expect(row(grace)).not.toHaveClass(/unread/);
});
