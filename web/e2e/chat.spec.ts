/** Two people in two browsers, in one channel. */
import { expect, test } from "./test";

test("what one says the other reads, answers, changes and takes back", async ({ pair: { ada, grace } }) => {
  await ada.said("The lamp is lit.");
  const seen = await grace.sees("The lamp is lit.");

  await seen.hover();
  await seen.getByRole("button", { name: "Reply" }).click();
  await expect(grace.page.getByText("Replying to")).toBeVisible();
  await grace.said("I see it from the shore.");
  const answer = await ada.sees("I see it from the shore.");
  await expect(answer.locator(".answered")).toContainText("The lamp is lit.");

  // Arrow-up in the empty box edits the last message.
  await ada.composer.press("ArrowUp");
  const box = ada.page.getByRole("textbox", { name: "Edit the message" });
  await expect(box).toHaveValue("The lamp is lit.");
  await box.fill("The lamp is **bright**.");
  await box.press("Enter");
  await expect(box).toHaveCount(0);
  await expect(grace.message("The lamp is bright.").filter({ hasText: "(edited)" })).toHaveCount(1);
  await expect(grace.message("The lamp is bright.").locator(".message-body strong", { hasText: "bright" })).toBeVisible();
  await expect(answer.locator(".answered")).toContainText("The lamp is bright.");

  // Escape leaves without a change.
  await ada.composer.press("ArrowUp");
  await box.fill("never");
  await box.press("Escape");
  await expect(box).toHaveCount(0);
  await expect(ada.message("never")).toHaveCount(0);

  await grace.menu(grace.message("I see it from the shore."), "Delete");
  await grace.page.getByRole("alertdialog").or(grace.page.getByRole("dialog")).getByRole("button", { name: "Delete" }).click();
  await expect(ada.message("I see it from the shore.")).toHaveCount(0);
  await expect(grace.message("I see it from the shore.")).toHaveCount(0);
});

test("reactions count for everybody and know whose they are", async ({ pair: { ada, grace } }) => {
  const own = await ada.said("Who comes to the feast?");
  const seen = await grace.sees("Who comes to the feast?");
  await seen.hover();
  await seen.getByRole("button", { name: "Add a reaction" }).first().click();
  await grace.page.getByRole("textbox", { name: "Find an emoji" }).or(grace.page.getByPlaceholder("Find an emoji")).fill("tada");
  await grace.page.keyboard.press("Enter");
  const mine = seen.locator(".reaction.mine");
  await expect(mine).toContainText("1");
  const theirs = own.locator(".reaction", { hasText: "🎉" });
  await expect(theirs).toContainText("1");
  await theirs.click();
  await expect(mine).toContainText("2");
  await theirs.click();
  await expect(mine).toContainText("1");
  await mine.click();
  await expect(own.locator(".reaction", { hasText: "🎉" })).toHaveCount(0);
});

test("what was uncovered stays so when somebody reacts, and who reacted keeps their place", async ({ pair: { ada, grace } }) => {
  await ada.say("||```\nthe code\n```|| is the key");
  const seen = await grace.sees("is the key");
  await expect(seen.locator(".spoiler")).toBeVisible();
  await seen.getByRole("button", { name: "Spoiler, show" }).click();
  await expect(seen.locator(".code-block code")).toHaveText("the code");
  const own = await ada.sees("is the key");
  await expect(own).toHaveAttribute("data-message", /^\d+$/);
  await own.hover();
  await own.getByRole("button", { name: /React with/ }).first().click();
  const reaction = seen.locator(".reaction").first();
  await expect(reaction).toContainText("1");
  await expect(seen.locator(".code-block code")).toBeVisible();
  await expect(seen.locator(".spoiler")).toHaveCount(0);
  await reaction.focus();
  await grace.page.keyboard.press("Enter");
  await expect(reaction).toContainText("2");
  await expect(reaction).toBeFocused();
});

test("a pin is told, listed and jumped to", async ({ pair: { ada, grace } }) => {
  const message = await ada.said("Meet at the north gate.");
  await ada.menu(message, "Pin");
  await expect(grace.log.getByText("pinned a message")).toBeVisible();
  await grace.page.getByRole("button", { name: "Pinned messages" }).click();
  const panel = grace.page.getByRole("complementary", { name: "Pinned messages" });
  const card = panel.locator(".panel-card", { hasText: "Meet at the north gate." });
  await expect(card).toBeVisible();
  await card.hover();
  await card.getByRole("button", { name: "Jump" }).click();
  await expect(grace.message("Meet at the north gate.")).toHaveClass(/lit/);
});

test("who types is shown, and no longer once it is sent", async ({ pair: { ada, grace } }) => {
  await ada.composer.pressSequentially("I am about to say", { delay: 20 });
  await expect(grace.page.getByText(`${ada.account.name} is typing…`)).toBeVisible();
  await ada.composer.press("Enter");
  await grace.sees("I am about to say");
  await expect(grace.page.getByText(`${ada.account.name} is typing…`)).toHaveCount(0);
});

test("mentions and unread messages are counted where one is not", async ({ pair: { ada, grace, guild }, hall }) => {
  const other = await hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name: "harbour", type: 0 });
  const item = grace.page.locator(".channel").filter({ has: grace.page.locator(`[data-channel="${guild.channel}"]`) });
  await grace.page.locator(`[data-channel="${other.id}"]`).click();
  await expect(grace.page).toHaveURL(new RegExp(other.id));

  await ada.said("A ship comes in.");
  await expect(item).toHaveClass(/unread/);
  await expect(item.locator(".badge")).toHaveCount(0);

  // Completion turns a name into a mention.
  await ada.composer.pressSequentially(`@${grace.account.name.slice(0, 8)}`);
  await expect(ada.page.getByRole("listbox", { name: "Suggestions" })).toBeVisible();
  await ada.composer.press("Enter");
  await ada.composer.pressSequentially("look!");
  await ada.composer.press("Enter");
  await expect(item.locator(".badge")).toHaveText("1");
  await expect(grace.page).toHaveTitle(/^\(1\) /);

  const told = grace.page.waitForResponse((response) => response.url().includes("/ack") && response.ok());
  await item.getByRole("link").click();
  await expect(grace.log.getByRole("separator").filter({ hasText: "New" })).toBeVisible();
  await expect(await grace.sees("look!")).toHaveClass(/calls/);
  await expect(item.locator(".badge")).toHaveCount(0);
  await expect(item).not.toHaveClass(/unread/);
  // It was told to the server: a fresh page knows.
  await told;
  await grace.page.reload();
  await expect(grace.composer).toBeVisible();
  await expect(item).not.toHaveClass(/unread/);
});

test("a file goes up with progress and comes down whole", async ({ pair: { ada, grace } }) => {
  const session = await ada.page.context().newCDPSession(ada.page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 600_000,
  });
  const body = Buffer.alloc(900_000, "the tide comes in, the tide goes out\n");
  await ada.page.locator("[data-files]").setInputFiles({ name: "tides.txt", mimeType: "text/plain", buffer: body });
  await expect(ada.page.getByRole("list", { name: "Files to send" })).toContainText("tides.txt");
  await ada.say("The tables");
  const progress = ada.page.getByRole("progressbar", { name: "Upload" });
  await expect(progress).toBeVisible();
  await expect.poll(async () => Number((await progress.getAttribute("aria-valuenow").catch(() => null)) ?? 100)).toBeGreaterThan(0);
  const seen = await grace.sees("The tables");
  const link = seen.getByRole("link", { name: "tides.txt", exact: true });
  const address = await link.getAttribute("href");
  const response = await grace.page.request.get(`${grace.hall.url}${address}`);
  expect((await response.body()).equals(body)).toBe(true);
  await expect(progress).toHaveCount(0);
  await expect(ada.message("The tables")).toHaveCount(1);
});

test("a thread grows out of a message", async ({ pair: { ada, grace } }) => {
  const message = await ada.said("Shall we build a second tower?");
  await ada.menu(message, "Start a thread");
  const dialog = ada.page.getByRole("dialog", { name: "Start a thread" });
  await expect(dialog.getByLabel("Name")).toHaveValue("Shall we build a second tower?");
  await dialog.getByLabel("Name").fill("Second tower");
  await dialog.getByRole("button", { name: "Start the thread" }).click();
  await expect(ada.page.getByRole("heading", { name: "Second tower", level: 1 })).toBeVisible();
  await ada.sees("Shall we build a second tower?");
  await ada.said("Of oak or of stone?");

  const link = grace.page.locator(".thread-link", { hasText: "Second tower" });
  await expect(link).toContainText("1 message");
  await link.click();
  await grace.sees("Of oak or of stone?");
  await grace.page.getByRole("button", { name: "Join" }).click();
  await grace.said("Stone lasts.");
  await ada.sees("Stone lasts.");
  await expect(grace.page.locator(".channel-threads", { hasText: "Second tower" })).toBeVisible();
});

test("names between colons become emoji, however fast they are sent", async ({ pair: { ada, grace, guild }, hall }) => {
  const pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==";
  const lamp = await hall.call(ada.account, "POST", `/guilds/${guild.id}/emojis`, { name: "lamp", image: pixel });
  await ada.page.reload();
  await ada.say("first :wave: then :lamp: and `:wave:` :nosuchthing:");
  await ada.say("second");
  await grace.sees("second");
  const messages = await hall.call(ada.account, "GET", `/channels/${guild.channel}/messages`);
  const [second, first] = messages.filter((one: { type: number }) => one.type === 0);
  expect(second.content).toBe("second");
  expect(first.content).toBe(`first 👋 then <:lamp:${lamp.id}> and \`:wave:\` :nosuchthing:`);
});

test("a code block keeps its language out of its code on a small screen", async ({ pair: { ada, guild }, hall }) => {
  await ada.page.setViewportSize({ width: 390, height: 800 });
  const line = "const lamp = new Lamp({ oil: 3, wick: true, keeper: undefined });";
  await hall.say(ada.account, guild.channel, `\`\`\`typescript\n${line}\n\`\`\``);
  const block = ada.page.locator(".code-block");
  await expect(block).toBeVisible();
  const apart = () =>
    block.evaluate((one) => {
      const label = one.querySelector(".code-language")?.getBoundingClientRect();
      const code = one.querySelector("pre")?.getBoundingClientRect();
      return label !== undefined && code !== undefined && label.bottom <= code.top + 0.5;
    });
  await expect.poll(apart).toBe(true);
});

test("the first reaction is given from the menu too, where no pointer hovers", async ({ pair: { ada, grace } }) => {
  const message = await ada.said("React to me");
  await ada.menu(message, "Add a reaction");
  await ada.page.getByRole("searchbox", { name: "Find an emoji" }).fill("anchor");
  await ada.page.getByRole("button", { name: "anchor", exact: true }).click();
  await expect(grace.message("React to me").locator(".reaction").first()).toContainText("1");
});

test("what came to somebody in a guild is marked while one points at it, then read by whom", async ({ hall, person }) => {
  const ada = await person("ada");
  const grace = await hall.account("grace");
  const guild = await hall.guild(ada.account, grace);
  await ada.open(guild.id, guild.channel);
  const message = await ada.said("Fresh oil tonight.");
  await ada.composer.focus();
  const mark = ada.log.getByRole("img", { name: "Delivered" });
  await expect(mark).toHaveCount(0);
  // Some device of hers fetches it.
  await hall.call(grace, "GET", `/channels/${guild.channel}/messages`);
  await expect(mark).toHaveCount(1);
  await ada.page.mouse.move(2, 2);
  await expect(mark).toHaveCSS("opacity", "0");
  await message.hover();
  await expect(mark).toHaveCSS("opacity", "1");
  const id = await message.getAttribute("data-message");
  await hall.call(grace, "POST", `/channels/${guild.channel}/messages/${id}/ack`, {});
  await expect(ada.log.getByRole("img", { name: `Read by ${grace.name}` })).toBeVisible();
  await expect(mark).toHaveCount(0);
});

test("what somebody whom one blocked writes is folded away, until one asks for it", async ({ pair: { ada, grace }, hall }) => {
  const before = await grace.said("Before.");
  await ada.sees("Before.");
  const fold = ada.log.getByText("A message from somebody you blocked.");
  const relation = `/users/@me/relationships/${grace.account.id}`;
  await hall.call(ada.account, "PUT", relation, { type: 2 });
  await expect(ada.message("Before.")).toHaveCount(0);
  // That she came, and what she said.
  await expect(fold).toHaveCount(2);
  await grace.said("After.");
  await expect(fold).toHaveCount(3);
  await expect(ada.log.getByText("After.")).toHaveCount(0);
  // Others read it, and so does who asks for it.
  await expect(before).toHaveCount(1);
  await fold.last().getByRole("button", { name: "Show" }).click();
  await ada.sees("After.");
  await expect(fold).toHaveCount(2);
  await hall.call(ada.account, "DELETE", relation);
  await ada.sees("Before.");
  await expect(fold).toHaveCount(0);
});

test("a message is handed on by keyboard, with a note, to where one may write", async ({ pair: { ada, grace, guild }, hall }) => {
  const make = (name: string, more: object = {}) =>
    hall.call(ada.account, "POST", `/guilds/${guild.id}/channels`, { name, type: 0, ...more });
  const harbour = await make("harbour");
  // 2048: SEND_MESSAGES.
  await make("notices", { permission_overwrites: [{ id: guild.id, type: 0, deny: "2048" }] });
  await hall.call(ada.account, "PUT", `/users/@me/relationships/${grace.account.id}`, { type: 1 });
  await hall.call(grace.account, "PUT", `/users/@me/relationships/${ada.account.id}`, { type: 1 });
  const said = await ada.said("The ship comes at nine.");
  await grace.sees("The ship comes at nine.");
  await grace.menu(grace.message("The ship comes at nine."), "Forward");
  const dialog = grace.page.getByRole("dialog", { name: "Forward this message" });
  const to = dialog.getByRole("combobox", { name: "To" });
  await to.click();
  const list = grace.page.getByRole("listbox", { name: "To" });
  await expect(list.getByRole("option", { name: /harbour/ })).toHaveCount(1);
  await expect(list.getByRole("option", { name: /notices/ })).toHaveCount(0);
  await to.pressSequentially("harb");
  await to.press("Enter");
  await to.pressSequentially(ada.account.name);
  await to.press("Enter");
  await expect(dialog.locator(".chip")).toHaveText(["harbour", ada.account.name]);
  await to.press("Escape");
  await grace.page.keyboard.press("Tab");
  for (let press = 0; press < 4; press += 1) {
    if (await dialog.getByLabel("A note, if you like").evaluate((one) => one === document.activeElement)) break;
    await grace.page.keyboard.press("Tab");
  }
  await grace.page.keyboard.type("Who meets it?");
  await dialog.getByRole("button", { name: "Forward" }).press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(grace.page.getByText("Forwarded.", { exact: true })).toBeVisible();

  // Both places have it, and the note after it; the copy stays.
  await hall.call(ada.account, "DELETE", `/channels/${guild.channel}/messages/${await said.getAttribute("data-message")}`);
  await grace.page.goto(`${hall.url}/channels/${guild.id}/${harbour.id}`);
  const copy = grace.log.locator("article.message", { has: grace.page.locator(".forwarded") });
  await expect(copy).toContainText("The ship comes at nine.");
  await expect(copy.getByRole("link", { name: "from #general" })).toHaveAttribute("href", new RegExp(`/channels/${guild.id}/${guild.channel}/`));
  await grace.sees("Who meets it?");
  const direct = ada.page.getByRole("navigation", { name: "Guilds" }).getByRole("button", { name: new RegExp(grace.account.name) });
  await direct.click();
  await expect(ada.log.locator(".forwarded")).toContainText("The ship comes at nine.");
  await ada.sees("Who meets it?");
});
