// Stock clients of Lavalink, one a run, against a node. The gateway of Discord is played here: whoever asks to join a channel
// is told a voice server. It does what it is told on its input, a line a step, and prints what the library showed it.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { EventEmitter } from "node:events";

const require = createRequire(import.meta.url);
const { LIBRARY, NODE_PORT, VOICE_ENDPOINT, PASSWORD } = process.env;
const port = Number(NODE_PORT), host = "127.0.0.1", guild = "900000000000000001", bot = "170939974227541168", channel = "77";
const events = [];
const saw = (...what) => events.push(what.join(" "));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const until = async (what, condition) => {
  for (let tries = 0; tries < 300; tries++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`waited in vain until ${what}`);
};

// Counts what happens, and is awaited for what happens from now on.
const counter = () => ({ count: 0, next(what) { const before = this.seen ?? 0; return until(what, () => this.count > before).then(() => { this.seen = this.count; }); } });

let inject = () => {};
const gateway = (payload) => {
  if (payload?.op !== 4 || !payload.d.channel_id) return;
  setTimeout(() => {
    inject({ t: "VOICE_STATE_UPDATE", d: { guild_id: guild, channel_id: channel, user_id: bot, session_id: "voice-session", deaf: false, mute: false, self_deaf: true, self_mute: false } });
    inject({ t: "VOICE_SERVER_UPDATE", d: { guild_id: guild, token: "voice-token", endpoint: VOICE_ENDPOINT } });
  }, 20);
};

const libraries = {
  async "lavalink-client"() {
    const { LavalinkManager } = require("lavalink-client");
    const manager = new LavalinkManager({
      nodes: [{ id: "n", host, port, authorization: PASSWORD, retryAmount: 50, retryDelay: 300, closeOnError: false }],
      sendToShard: (_, payload) => gateway(payload),
      client: { id: bot, username: "bot" },
    });
    const resumed = counter();
    manager.nodeManager.on("connect", (node) => { saw("connect"); node.updateSession(true, 60_000); });
    manager.nodeManager.on("resumed", () => resumed.count++);
    manager.nodeManager.on("error", (_, error) => saw("error", error?.message));
    for (const name of ["trackStart", "trackEnd", "trackError", "trackStuck", "playerSocketClosed"]) manager.on(name, () => saw(name));
    inject = (packet) => manager.sendRawData(packet);
    await manager.init({ id: bot, username: "bot" });
    const node = manager.nodeManager.nodes.get("n");
    await until("the node is there", () => node.connected && node.sessionId && node.info);
    // It resumes what its options name.
    node.options.sessionId = node.sessionId;
    const player = manager.createPlayer({ guildId: guild, voiceChannelId: channel, textChannelId: "1", selfDeaf: true });
    await player.connect();
    return {
      async load(identifier) { const found = await player.search({ query: identifier, source: "local" }, { id: "u" }); this.track = found.tracks[0]; return found.loadType; },
      async play() { player.queue.add(this.track); await player.play(); },
      seek: (position) => player.seek(position),
      pause: () => player.pause(),
      resume: () => player.resume(),
      filter: () => player.filterManager.setPitch(2),
      position: () => player.position,
      back: () => resumed.next("the session is resumed"),
      destroy: () => player.destroy("done"),
    };
  },
  async shoukaku() {
    const { Shoukaku, Connectors, Connector } = require("shoukaku");
    class Stub extends Connector {
      constructor() { super({}); }
      getId() { return bot; }
      sendPacket(_, payload) { gateway(payload); }
      listen(nodes) { this.ready(nodes); }
    }
    const stub = new Stub();
    const shoukaku = new Shoukaku(stub, [{ name: "n", url: `${host}:${port}`, auth: PASSWORD }], { resume: true, resumeTimeout: 60, reconnectTries: 50, reconnectInterval: 0.3 });
    const resumed = counter();
    shoukaku.on("ready", (_, again) => { saw("ready"); if (again) resumed.count++; });
    shoukaku.on("error", (_, error) => saw("error", error.message));
    inject = (packet) => stub.raw(packet);
    if (!shoukaku.nodes.size) { shoukaku.id = bot; shoukaku.addNode({ name: "n", url: `${host}:${port}`, auth: PASSWORD }); }
    await until("the node is there", () => events.includes("ready"));
    const player = await shoukaku.joinVoiceChannel({ guildId: guild, channelId: channel, shardId: 0 });
    for (const name of ["start", "end", "exception", "closed", "stuck"]) player.on(name, () => saw(name));
    return {
      async load(identifier) { const found = await player.node.rest.resolve(identifier); this.track = found.data; return found.loadType; },
      async play() { await player.playTrack({ track: { encoded: this.track.encoded } }); },
      seek: (position) => player.seekTo(position),
      pause: () => player.setPaused(true),
      resume: () => player.setPaused(false),
      filter: () => player.setTimescale({ pitch: 2 }),
      position: () => player.position,
      // After one failed try it gives a node up although the next one succeeds, which it may have told of by then; whoever knows connects
      // it again.
      async back() {
        const node = player.node;
        node.removeAllListeners();
        node.on("error", () => {});
        node.on("ready", (again) => { if (again) resumed.count++; });
        const again = setInterval(() => { if (node.state === 3) node.connect().catch(() => {}); }, 100);
        const stays = async () => {
          if (node.state !== 1) return false;
          await sleep(100);
          return node.state === 1;
        };
        try {
          await resumed.next("the session is resumed");
          await until("the node is there", stays);
        } finally {
          clearInterval(again);
        }
      },
      destroy: () => shoukaku.leaveVoiceChannel(guild),
    };
  },
  async riffy() {
    const { Riffy } = require("riffy");
    const client = Object.assign(new EventEmitter(), { user: { id: bot }, guilds: { cache: new Map() } });
    const riffy = new Riffy(client, [{ host, port, password: PASSWORD, secure: false, reconnectTimeout: 300, reconnectTries: 50 }], { send: (payload) => gateway(payload), defaultSearchPlatform: "ytmsearch", restVersion: "v4" });
    for (const name of ["nodeConnect", "nodeError", "trackStart", "trackError", "trackEnd", "trackStuck"]) riffy.on(name, (_, what) => saw(name, name === "nodeError" ? what?.message : ""));
    const resumed = counter();
    riffy.on("raw", (_, payload) => { if (payload.op === "ready" && payload.resumed) resumed.count++; });
    inject = (packet) => riffy.updateVoiceState(packet);
    riffy.init(bot);
    await until("the node is there", () => riffy.leastUsedNodes?.length || [...riffy.nodeMap.values()].some((node) => node.connected && node.sessionId));
    const player = riffy.createConnection({ guildId: guild, voiceChannel: channel, textChannel: "1", deaf: true });
    return {
      async load(identifier) { const found = await riffy.resolve({ query: identifier, requester: {} }); this.track = found.tracks[0]; return found.loadType; },
      async play() { player.queue.add(this.track); await player.play(); },
      seek: (position) => player.seek(position),
      pause: () => player.pause(true),
      resume: () => player.pause(false),
      filter: () => player.filters.setTimescale(true, { pitch: 2 }),
      position: () => player.position,
      back: () => resumed.next("the session is resumed"),
      destroy: () => player.destroy(),
    };
  },
  async "moonlink.js"() {
    const { Manager } = require("moonlink.js");
    const send = (_, payload) => gateway(typeof payload === "string" ? JSON.parse(payload) : payload);
    const manager = new Manager({ nodes: [{ identifier: "n", host, port, password: PASSWORD, secure: false, retryDelay: 300, retryAmount: 100 }], options: { NodeLinkFeatures: true }, sendPayload: send, send });
    for (const name of ["nodeReady", "nodeError", "trackStart", "trackException", "trackEnd", "trackStuck"]) manager.on(name, () => saw(name));
    const ready = counter();
    manager.on("nodeReady", () => ready.count++);
    inject = (packet) => manager.packetUpdate(packet);
    await manager.init(bot);
    await until("the node is there", () => events.includes("nodeReady"));
    const options = { guildId: guild, voiceChannelId: channel, textChannelId: "1" };
    const join = async () => {
      const player = manager.createPlayer ? manager.createPlayer(options) : manager.players.create(options);
      await player.connect({ setDeaf: true });
      return player;
    };
    const player = await join();
    await ready.next("the node is ready");
    return {
      async load(identifier) { const found = await manager.search({ query: identifier }); this.track = found.tracks[0]; return found.loadType; },
      async play() { player.queue.add(this.track); await player.play(); },
      seek: (position) => player.seek(position),
      pause: () => player.pause(),
      resume: () => player.resume(),
      filter: () => player.filters.setTimescale({ pitch: 2 }).apply?.(),
      position: () => player.current?.position ?? 0,
      // It comes back by itself, but not to its session: it has nothing to name that by.
      back: () => ready.next("the node is ready again"),
      // What others say in the channel: whole recordings.
      async listen() {
        const ears = player.listen.start();
        this.began = new Promise((done) => ears.once("start", done));
        this.ended = new Promise((done, fail) => { ears.once("end", done); ears.once("error", fail); });
        await until("it listens", () => player.listen.voiceReceiverWs.readyState === 1);
      },
      async heard() {
        const [began, ended] = [await this.began, await this.ended];
        return { began: began.userId, userId: ended.userId, type: ended.type, data: ended.data.toString("base64") };
      },
      async again() { await player.connect({ setDeaf: true }); await sleep(100); player.queue.add(this.track); await player.play(); },
      destroy: () => player.destroy(),
    };
  },
  async poru() {
    const { Poru } = require("poru");
    const shard = { shard: { send: (payload) => gateway(payload) } };
    const client = Object.assign(new EventEmitter(), { user: { id: bot }, guilds: { cache: { get: () => shard } } });
    const poru = new Poru(client, [{ name: "n", host, port, password: PASSWORD, secure: false, reconnectTimeout: 300, reconnectTries: 100 }], { library: "discord.js", reconnectTimeout: 300, reconnectTries: 100, defaultPlatform: "scsearch" });
    for (const name of ["nodeConnect", "nodeError", "trackStart", "trackError", "trackEnd"]) poru.on(name, () => saw(name));
    const ready = counter();
    poru.on("raw", (_, payload) => { if (payload.op === "ready") ready.count++; });
    inject = (packet) => client.emit("raw", packet);
    poru.init(client);
    await until("the node is there", () => events.some((event) => event.startsWith("nodeConnect")) && poru.leastUsedNodes.length);
    const join = () => poru.createConnection({ guildId: guild, voiceChannel: channel, textChannel: "1", deaf: true });
    let player = join();
    await ready.next("the node is ready");
    return {
      async load(identifier) { const found = await poru.resolve({ query: identifier }); this.track = found.tracks[0]; return found.loadType; },
      async play() { player.queue.add(this.track); await player.play(); },
      seek: (position) => player.seekTo(position),
      pause: () => player.pause(true),
      resume: () => player.pause(false),
      filter: () => player.filters.setTimescale({ pitch: 2 }),
      position: () => player.position,
      // It comes back by itself, but not to its session: of the current protocol it names none.
      back: () => ready.next("the node is ready again"),
      async again() { poru.players.delete(guild); player = join(); player.queue.add(this.track); await player.play(); },
      destroy: () => player.destroy(),
    };
  },
};

const say = (step, shown, error) => console.log(JSON.stringify({ step, saw: shown ?? null, events: events.splice(0), error }));
process.on("unhandledRejection", (error) => { say("unhandled", null, String(error?.stack ?? error)); process.exit(1); });
let client;
try {
  client = await libraries[LIBRARY]();
  say("connect");
} catch (error) {
  say("connect", null, String(error?.stack ?? error));
  process.exit(1);
}
for await (const line of createInterface({ input: process.stdin })) {
  const [step, value] = line.split(" ");
  try {
    const shown = await client[step](step === "seek" ? Number(value) : value);
    say(step, ["load", "position", "heard"].includes(step) ? shown : null);
  } catch (error) {
    say(step, null, String(error?.stack ?? error));
  }
  if (step === "destroy") { await sleep(200); process.exit(0); }
}
