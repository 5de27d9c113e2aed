/** Previews of links, and pictures of elsewhere: they come from this server and nowhere else. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { Hall } from "./hall";
import { Person } from "./person";
import { expect, test } from "./test";

/** A PNG with a gradient. Checksums are what browsers and servers look at, so they are right. */
function png(width: number, height: number): Buffer {
  const table = Array.from({ length: 256 }, (_, index) => {
    let sum = index;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
    return sum >>> 0;
  });
  const chunk = (kind: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    let sum = 0xffffffff;
    for (const byte of body) sum = (table[(sum ^ byte) & 255] as number) ^ (sum >>> 8);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE((sum ^ 0xffffffff) >>> 0);
    return Buffer.concat([head, body, tail]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows.set([(x * 255) / width, (y * 255) / height, 160], y * (1 + width * 3) + 1 + x * 3);
    }
  }
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

/** A site of somebody else. */
async function site() {
  const picture = png(1200, 630);
  const asked: string[] = [];
  const page = (card: string) => `<!doctype html><title>Plain title</title>
    <meta property="og:title" content="A walk through the old town"><meta property="og:site_name" content="The Gazette">
    <meta property="og:description" content="Narrow streets, two towers and the best bakery for miles around.">
    <meta property="og:image" content="/picture.png"><meta name="theme-color" content="#d2691e">
    <meta name="twitter:card" content="${card}">`;
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers["user-agent"]}`);
    const html = request.url === "/large" ? page("summary_large_image") : page("summary");
    const [kind, body] = request.url === "/picture.png" ? ["image/png", picture] : ["text/html; charset=utf-8", html];
    response.setHeader("content-type", kind as string).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => server.close() };
}

/** Pictures of cards that are there, and those that are not. */
const pictures = (page: Page) =>
  page.locator(".embed img, .embed-medium img").evaluateAll((all) =>
    all.map((one) => {
      const image = one as HTMLImageElement;
      return { here: new URL(image.src).pathname.startsWith("/cdn/external/"), there: image.complete && image.naturalWidth > 0 };
    }),
  );

test("links have previews, and pictures of elsewhere come from here", async ({ browser }) => {
  const [hall, there] = [await new Hall(false, true).start(), await site()];
  try {
    const account = await hall.account("ada");
    const guild = await hall.guild(account);
    const bot = await hall.call(account, "POST", "/guildhall/v1/applications", { name: "Herald" });
    await hall.call(account, "PUT", `/guildhall/v1/guilds/${guild.id}/bots/${bot.id}`, { permissions: "8" });
    const herald = { id: bot.id, token: `Bot ${bot.bot.token}`, name: "Herald" };
    const icon = `${there.url}/picture.png`;
    await hall.call(herald, "POST", `/channels/${guild.channel}/messages`, {
      embeds: [
        {
          title: "News",
          description: "With pictures of elsewhere.",
          author: { name: "Herald", icon_url: icon },
          footer: { text: "from elsewhere", icon_url: icon },
          image: { url: icon },
        },
      ],
    });
    const ada = await Person.at(await browser.newContext(), hall, account);
    const foreign: string[] = [];
    ada.page.on("request", (request) => {
      if (request.url().startsWith(there.url)) foreign.push(request.url());
    });
    await ada.open(guild.id, guild.channel);
    await ada.say(`Read this: ${there.url}/large`);
    await expect(ada.page.locator(".embed").filter({ hasText: "A walk through the old town" })).toHaveCount(1);
    await ada.say(`and this ${there.url}/small`);
    await expect(ada.page.locator(".embed").filter({ hasText: "A walk through the old town" })).toHaveCount(2);
    await ada.say(`${there.url}/picture.png`);
    await expect(ada.page.locator(".embed-medium")).toHaveCount(4);
    await expect.poll(async () => (await pictures(ada.page)).filter((one) => one.here && one.there).length).toBe(6);
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await ada.page.setViewportSize({ width, height });
      const wide = await ada.page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, "nothing hangs over the edge").toBeLessThanOrEqual(width);
      if (process.env.E2E_PICTURES) await ada.page.screenshot({ path: `${process.env.E2E_PICTURES}/preview-${width}.png` });
    }
    expect(foreign, "the browser asks nobody elsewhere").toEqual([]);
    expect(there.asked.filter((one) => one.startsWith("/picture.png Guildhall/")), "one fetch is for all").toHaveLength(1);
    expect(there.asked.find((one) => one.startsWith("/large"))).toContain("Guildhall/");
  } finally {
    there.close();
    await hall.close();
  }
});
