/** Stickers: uploaded, found, sent, and those that are drawn are drawn. */
import { sound } from "./sound";
import { expect, test } from "./test";

/** A square that turns: as small as a drawing can be. */
const DRAWING = {
  v: "5.7.0", fr: 30, ip: 0, op: 60, w: 320, h: 320, nm: "square", ddd: 0, assets: [],
  layers: [
    {
      ddd: 0, ind: 1, ty: 4, nm: "square", sr: 1, ip: 0, op: 60, st: 0, bm: 0,
      ks: {
        o: { a: 0, k: 100 },
        r: { a: 1, k: [{ t: 0, s: [0], e: [360], i: { x: [0.8], y: [0.8] }, o: { x: [0.2], y: [0.2] } }, { t: 60 }] },
        p: { a: 0, k: [160, 160, 0] }, a: { a: 0, k: [0, 0, 0] }, s: { a: 0, k: [100, 100, 100] },
      },
      shapes: [
        {
          ty: "gr", nm: "group", it: [
            { ty: "rc", nm: "rect", d: 1, s: { a: 0, k: [180, 180] }, p: { a: 0, k: [0, 0] }, r: { a: 0, k: 24 } },
            { ty: "fl", nm: "fill", c: { a: 0, k: [0.34, 0.39, 0.9, 1] }, o: { a: 0, k: 100 }, r: 1 },
            { ty: "tr", p: { a: 0, k: [0, 0] }, a: { a: 0, k: [0, 0] }, s: { a: 0, k: [100, 100] }, r: { a: 0, k: 0 }, o: { a: 0, k: 100 } },
          ],
        },
      ],
    },
  ],
};

test("a drawn sticker is uploaded, sent, and moves for everybody", async ({ pair: { ada, grace, guild }, hall }) => {
  const { page } = ada;
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/stickers`);
  await expect(page.getByText("No stickers yet")).toBeVisible();
  await page.getByRole("button", { name: "Upload a sticker" }).click();
  const dialog = page.getByRole("dialog", { name: "Upload a sticker" });
  await dialog.getByLabel("File").setInputFiles({ name: "square.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(DRAWING)) });
  await expect(dialog.getByLabel("Name", { exact: true })).toHaveValue("square");
  // The emoji stand over the window, and are read out there.
  const asks = dialog.getByRole("button", { name: "Emoji that it stands for" });
  await asks.press("Enter");
  await page.getByRole("searchbox", { name: "Find an emoji" }).press("Escape");
  await expect(asks).toBeFocused();
  await asks.press("Enter");
  await page.getByRole("searchbox", { name: "Find an emoji" }).fill("anchor");
  await page.getByRole("button", { name: "anchor", exact: true }).click();
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(dialog).toHaveCount(0);
  const drawn = page.getByRole("img", { name: "Sticker: square" });
  await expect(drawn.locator("svg path")).not.toHaveCount(0);
  await sound(ada, "stickers");

  await ada.open(guild.id, guild.channel);
  await page.getByRole("button", { name: "Stickers" }).click();
  await page.getByRole("button", { name: "square", exact: true }).click();
  await expect(grace.log.getByRole("img", { name: "Sticker: square" }).locator("svg path")).not.toHaveCount(0);
  await page.goto(`${hall.url}/guilds/${guild.id}/settings/stickers`);
  await page.getByRole("button", { name: "Delete square" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No stickers yet")).toBeVisible();
});
