// @discordjs/voice in a voice channel: it joins, and hands out what it hears of one member, decrypted. The gateway of Discord is
// played here. It does what it is told on its input, a line a step, and prints what was seen.
import { createInterface } from "node:readline";
import { entersState, EndBehaviorType, joinVoiceChannel, VoiceConnectionStatus } from "@discordjs/voice";

const { VOICE_ENDPOINT, GUILD, CHANNEL, SELF, SPEAKER } = process.env;
const events = [];
let connection, packets = [];

const adapterCreator = (methods) => ({
  sendPayload({ d }) {
    if (d.channel_id) {
      setTimeout(() => {
        methods.onVoiceStateUpdate({ guild_id: GUILD, channel_id: CHANNEL, user_id: SELF, session_id: `session-${SELF}`, self_deaf: false, self_mute: false });
        methods.onVoiceServerUpdate({ guild_id: GUILD, token: "voice-token", endpoint: VOICE_ENDPOINT });
      }, 0);
    }
    return true;
  },
  destroy() {},
});

const steps = {
  async join() {
    connection = joinVoiceChannel({ guildId: GUILD, channelId: CHANNEL, selfDeaf: false, selfMute: true, adapterCreator, debug: Boolean(process.env.DEBUG) });
    connection.on("error", (error) => events.push(`error ${error.message}`));
    connection.on("debug", (message) => console.error(message));
    // Whom a connection is for is written in its state only once the server is known.
    await entersState(connection, VoiceConnectionStatus.Ready, 20_000);
    const stream = connection.receiver.subscribe(SPEAKER, { end: { behavior: EndBehaviorType.Manual } });
    stream.on("data", (packet) => packets.push(packet));
    stream.on("error", (error) => events.push(`error ${error.message}`));
  },
  // What was heard since it was asked last.
  heard: () => packets.splice(0).map((packet) => packet.toString("base64")),
  leave: () => connection.destroy(),
};

const say = (step, saw, error) => console.log(JSON.stringify({ step, saw: saw ?? null, events: events.splice(0), error }));
for await (const step of createInterface({ input: process.stdin })) {
  try {
    say(step, await steps[step]());
  } catch (error) {
    say(step, null, String(error?.stack ?? error));
  }
}
process.exit(0);
