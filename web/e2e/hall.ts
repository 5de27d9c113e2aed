/** A server of one's own: the real binary on a free port, with a folder that goes when it does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const PASSWORD = "correct horse battery";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BINARY = process.env.E2E_BINARY ?? join(ROOT, "target/debug/guildhall");

export interface Account {
  id: string;
  token: string;
  name: string;
}

export interface Guild {
  id: string;
  /** Its first text channel. */
  channel: string;
  name: string;
}

// What the tests read of answers is checked where they read it.
// biome-ignore lint/suspicious/noExplicitAny: an answer of the server, whatever it is
export type Answer = any;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Hall {
  url = "";
  setupUrl = "";
  private child: ChildProcess | null = null;
  private readonly data = mkdtempSync(join(tmpdir(), "guildhall-e2e-"));
  private count = 0;
  private settled: Promise<{ owner: Account; guild: Guild }> | null = null;

  /** With its limits of requests, or without: tests make more accounts in a minute than people do. It asks nobody elsewhere, unless it is curious. */
  constructor(
    private readonly limits = false,
    private readonly curious = false,
  ) {}

  async start(): Promise<this> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there: build it, or name it in E2E_BINARY`);
    const listen = this.url ? new URL(this.url).host : "127.0.0.1:0";
    const child = spawn(BINARY, ["serve", "--listen", listen, "--data", this.data, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        GUILDHALL_RATE_LIMITS: String(this.limits),
        GUILDHALL_LINK_PREVIEWS: String(this.curious),
        GUILDHALL_PRIVATE_FETCHES: String(this.curious),
      },
    });
    this.child = child;
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const first = await Promise.race([
      once(lines, "line").then(([line]) => String(line)),
      once(child, "exit").then(() => {
        throw new Error(`the server did not start:\n${said}`);
      }),
    ]);
    const { url, setup_url } = JSON.parse(first) as { url?: string; setup_url?: string };
    if (!url) throw new Error(`the server did not start: ${first}\n${said}`);
    this.url = url;
    this.setupUrl = setup_url ?? this.setupUrl;
    return this;
  }

  /** Ends it without a word of warning, as a power cut does. */
  async kill(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Calls the API; waits where it is told to. */
  async call(who: { token: string } | null, method: string, path: string, body?: unknown): Promise<Answer> {
    const url = `${this.url}/api/${path.startsWith("/guildhall") ? path.slice(1) : `v10${path}`}`;
    for (;;) {
      const response = await fetch(url, {
        method,
        headers: { "content-type": "application/json", ...(who ? { authorization: who.token } : {}) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer = text ? JSON.parse(text) : undefined;
      if (response.status === 429) {
        await sleep((answer.retry_after ?? 1) * 1000);
        continue;
      }
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return answer;
    }
  }

  /** The owner of the instance with the first guild. */
  begin(): Promise<{ owner: Account; guild: Guild }> {
    this.settled ??= this.found();
    return this.settled;
  }

  private async found(): Promise<{ owner: Account; guild: Guild }> {
    const body = { username: "keeper", email: "keeper@example.org", password: PASSWORD, guild_name: "Town" };
    const setup_token = new URL(this.setupUrl).hash.slice(1);
    const made = await this.call(null, "POST", "/guildhall/v1/setup", { ...body, setup_token });
    const owner = { id: made.user_id as string, token: made.token as string, name: "keeper" };
    return { owner, guild: await this.known(owner, made.guild_id as string, "Town") };
  }

  private async known(owner: Account, id: string, name: string): Promise<Guild> {
    const channels = await this.call(owner, "GET", `/guilds/${id}/channels`);
    const channel = channels.find((one: { type: number }) => one.type === 0).id as string;
    return { id, channel, name };
  }

  /** An account with a name that no other test has. */
  async account(name: string): Promise<Account> {
    const { owner, guild } = await this.begin();
    this.count += 1;
    const username = `${name}_${this.count}`;
    const code = await this.invite(owner, guild);
    const body = { username, email: `${username}@example.org`, password: PASSWORD, invite: code };
    const made = await this.call(null, "POST", "/auth/register", body);
    return { id: made.user_id as string, token: made.token as string, name: username };
  }

  /** A fresh guild with these members. */
  async guild(owner: Account, ...members: Account[]): Promise<Guild> {
    this.count += 1;
    const name = `Place ${this.count}`;
    const made = await this.call(owner, "POST", "/guilds", { name });
    const guild = await this.known(owner, made.id as string, name);
    if (members.length > 0) {
      const code = await this.invite(owner, guild);
      for (const member of members) await this.call(member, "POST", `/invites/${code}`, {});
    }
    return guild;
  }

  async invite(owner: Account, guild: Guild): Promise<string> {
    const made = await this.call(owner, "POST", `/channels/${guild.channel}/invites`, { max_age: 0 });
    return made.code as string;
  }

  say(who: Account, channel: string, content: string, more: object = {}): Promise<Answer> {
    return this.call(who, "POST", `/channels/${channel}/messages`, { content, ...more });
  }
}
