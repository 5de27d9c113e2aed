/** The status page of the audio node: players that play, wide and on a phone, in the dark and in the light. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Page, test as base, expect } from "@playwright/test";

const BINARY = process.env.E2E_BINARY ?? join(fileURLToPath(new URL("../..", import.meta.url)), "target/debug/guildhall");
const PASSWORD = "a password of the node";
/** As an answer has them. */
interface Status {
  players: Record<string, unknown>[];
}

class AudioNode {
  url = "";
  session = "";
  private socket: Socket | null = null;
  private child: ChildProcess | null = null;
  private readonly data = mkdtempSync(join(tmpdir(), "guildhall-node-"));

  async start(): Promise<this> {
    const env = { ...process.env, GUILDHALL_NODE_PASSWORD: PASSWORD, GUILDHALL_NODE_TONES: "true", GUILDHALL_NODE_WORKERS: "2" };
    const child = spawn(BINARY, ["node", "--listen", "127.0.0.1:0", "--data", this.data, "--json"], { stdio: ["ignore", "pipe", "ignore"], env });
    this.child = child;
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [line] = (await once(lines, "line")) as [string];
    this.url = (JSON.parse(line) as { url: string }).url;
    return this;
  }

  /** As a bot does; the session outlasts its socket, which nobody here keeps awake. */
  async connect(): Promise<void> {
    const handshake = request(`${this.url}/v4/websocket`, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
        authorization: PASSWORD,
        "user-id": "170939974227541168",
        "client-name": "a-music-bot-with-quite-a-long-name/12.34.56",
      },
    });
    handshake.end();
    const [, socket, head] = (await once(handshake, "upgrade")) as [unknown, Socket, Buffer];
    this.socket = socket;
    let said = head.toString("latin1");
    while (!this.session) {
      this.session = /"sessionId":"([^"]+)"/.exec(said)?.[1] ?? "";
      if (!this.session) said += ((await once(socket, "data")) as [Buffer])[0].toString("latin1");
    }
    await this.call("", { resuming: true, timeout: 600 });
  }

  /** Changes the session, or what is below it. */
  async call(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${this.url}/v4/sessions/${this.session}${path}`, {
      method: "PATCH",
      headers: { authorization: PASSWORD, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status, await response.text()).toBe(200);
  }

  async close(): Promise<void> {
    this.socket?.destroy();
    const child = this.child;
    if (child && child.exitCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.data, { recursive: true, force: true });
  }
}

const test = base.extend<object, { node: AudioNode }>({
  node: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is asked for from the pattern
    async ({}, use) => {
      const node = await new AudioNode().start();
      await node.connect();
      for (const [at, tone] of ["tone:440:600", "tone:600:60", "tone:880:5000", "tone:300:600"].entries()) {
        await node.call(`/players/81384788765712384${at}`, { track: { identifier: tone }, paused: at === 3, volume: 100 + at });
      }
      await use(node);
      await node.close();
    },
    { scope: "worker" },
  ],
});

/** What voice would say: there is no voice server here, so what goes out to one is added to the answers of the real node. */
async function hear(page: Page): Promise<void> {
  let looks = 0;
  await page.route("**/v4/guildhall/status", async (route) => {
    const response = await route.fetch();
    if (!response.ok()) return route.fulfill({ response });
    const status = (await response.json()) as Status;
    looks += 1;
    status.players.forEach((player, at) => {
      if (player.paused) return;
      const sent = looks * 100 - (at === 1 ? 40 : 0);
      const peaks = Array.from({ length: 20 }, (_, piece) => -4 - ((piece * 7 + looks * 3) % 37));
      Object.assign(player, { connected: true, ping: 17, sent, nulled: at === 1 ? looks * 6 : 0, underruns: at === 1 ? looks : 0 });
      Object.assign(player, { peaks: at === 2 ? [] : peaks, passesThrough: at === 2, delays: [sent - 10, 5, 3, 2, 0, 0, 0, 0] });
      if (at === 0) Object.assign(player, { title: "Ein ziemlich langer Titel, der nirgends ganz hinpasst, und eswirdnochlängerohneeinenplatzzumumbrechen", author: "A Choir" });
    });
    await route.fulfill({ response, json: status });
  });
}

async function open(page: Page, node: AudioNode): Promise<void> {
  await hear(page);
  await page.goto(node.url);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("alert")).toHaveText("That is not the password.");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("heading", { name: "Players" })).toBeVisible();
}

for (const width of [1440, 390]) {
  for (const scheme of ["light", "dark"] as const) {
    test(`the status page of the node is in order at ${width} px, ${scheme}`, async ({ page, node }, info) => {
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await open(page, node);
      const meters = page.locator("#players .loud .meter i");
      await expect(meters).toHaveCount(2);
      // They move, and not once alone.
      const seen = new Set<string>();
      await expect
        .poll(async () => seen.add(await meters.first().evaluate((bar: HTMLElement) => bar.style.width)).size, { intervals: [60] })
        .toBeGreaterThan(4);
      // The second look has what the first is compared with.
      const late = page.locator("#players .card").filter({ hasText: "late" });
      await expect(late).toHaveCount(3);
      await expect(late.first()).toContainText(/late ≤\s0\.5\sms, 99\s% ≤\s[125]\sms/);
      await expect(page.locator("#players .card").filter({ hasText: "paused" })).toHaveCount(1);
      await expect(page.locator("#players .frames rect.sent").first()).toBeAttached();
      await expect(page.locator("#workers .card")).toHaveCount(2);
      await expect(page.locator("#sessions .card")).toContainText("4 players");
      // Nothing is wider than the page, and no text than what it stands in, but for names that are cut.
      const wide = await page.evaluate(() => {
        const found: string[] = [];
        if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push("the page");
        for (const one of document.querySelectorAll<HTMLElement>("main *")) {
          const box = one.getBoundingClientRect();
          const card = one.closest(".card")?.getBoundingClientRect();
          if (box.width && (box.right > innerWidth + 1 || (card && box.right > card.right + 1))) found.push(`${one.className}: ${one.textContent}`);
        }
        return found;
      });
      expect(wide).toEqual([]);
      const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(colour).toBe(scheme === "light" ? "rgb(244, 244, 241)" : "rgb(21, 22, 26)");
      await page.screenshot({ path: info.outputPath(`node-${width}-${scheme}.png`), fullPage: true });
      expect(problems).toEqual([]);
    });
  }
}
