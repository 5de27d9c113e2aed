// An application that is told over HTTP, with the stock library that looks at signatures. Its argument is the application's public
// key; it prints where it listens, and what it was told.

import http from "node:http";
import { InteractionResponseType, InteractionType, verifyKey } from "discord-interactions";

const [key] = process.argv.slice(2);
const say = (step, saw) => console.log(JSON.stringify({ step, saw }));
const seen = { greeted: 0, refused: 0 };

const answer = (interaction) => {
  if (interaction.type === InteractionType.PING) {
    seen.greeted += 1;
    return { type: InteractionResponseType.PONG };
  }
  const { data, guild_id, member } = interaction;
  say("told", { ...seen, name: data.name, option: data.options[0].value, guild: guild_id, user: member.user.username });
  return {
    type: InteractionResponseType.CHANNEL_MESSAGE_WITH_SOURCE,
    data: { content: `hello ${data.options[0].value}` },
  };
};

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const [signature, time] = ["x-signature-ed25519", "x-signature-timestamp"].map((name) => request.headers[name] ?? "");
  if (!(await verifyKey(body, signature, time, key))) {
    seen.refused += 1;
    response.writeHead(401).end("bad signature");
    return;
  }
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer(JSON.parse(body))));
});
server.listen(0, "127.0.0.1", () => say("listens", `http://127.0.0.1:${server.address().port}/`));
