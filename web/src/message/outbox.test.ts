import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "~/wire";
import { discard, onSent, outbox, payloadOf, retry, send, settle } from "./outbox";

const answers: (() => Response | Promise<Response>)[] = [];
const bodies: Record<string, unknown>[] = [];
const delivered: Message[] = [];
vi.stubGlobal("fetch", async (_: string, request: RequestInit) => {
  bodies.push(JSON.parse(String(request.body)));
  const answer = answers.shift();
  if (!answer) throw new TypeError("no network");
  return answer();
});
const ok = () => new Response(JSON.stringify({ id: "77", channel_id: "1", content: "hello" }));
const draft = { content: "hello", files: [] };
const nonces = () => (outbox["1"] ?? []).map((one) => one.nonce);

beforeEach(() => {
  for (const nonce of nonces()) discard(nonce, "1");
  answers.length = bodies.length = delivered.length = 0;
  onSent(
    (message) => delivered.push(message),
    () => {},
  );
});

describe("a message on its way", () => {
  it("is shown at once and gone when the server has it", async () => {
    answers.push(ok);
    const sending = send("1", draft);
    expect(outbox["1"]?.[0]?.state).toBe("sending");
    await sending;
    expect(outbox["1"]).toEqual([]);
    expect(delivered).toHaveLength(1);
    expect(bodies[0]).toMatchObject({ content: "hello", enforce_nonce: true });
  });

  it("fails without network, and goes with the same nonce when tried again", async () => {
    await send("1", draft);
    expect(outbox["1"]?.[0]).toMatchObject({ state: "failed" });
    answers.push(ok);
    await retry(nonces()[0] ?? "", "1");
    expect(bodies[0]?.nonce).toBe(bodies[1]?.nonce);
    expect([outbox["1"], delivered.length]).toEqual([[], 1]);
  });

  it("is settled by the event, even where the answer never came", async () => {
    await send("1", draft);
    settle({ channel_id: "1", nonce: nonces()[0] } as Message);
    expect(outbox["1"]).toEqual([]);
  });

  it("believes an event that was faster than the answer", async () => {
    answers.push(() => {
      settle({ channel_id: "1", nonce: nonces()[0] } as Message);
      return ok();
    });
    await send("1", draft);
    expect([outbox["1"], delivered]).toEqual([[], []]);
  });

  it("keeps what other messages say", async () => {
    await send("1", draft);
    settle({ channel_id: "1", nonce: "12" } as Message);
    settle({ channel_id: "1" } as Message);
    expect(outbox["1"]).toHaveLength(1);
  });

  it("carries replies and the names of files", () => {
    const file = new File(["x"], "cat.png");
    const reply = { message: { id: "5", channel_id: "1" } as Message, ping: false };
    expect(
      payloadOf({ nonce: "9", draft: { content: "", files: [{ file, spoiler: true, description: "a cat" }], reply } }),
    ).toMatchObject({
      message_reference: { message_id: "5", channel_id: "1" },
      allowed_mentions: { replied_user: false },
      attachments: [{ id: 0, filename: "SPOILER_cat.png", description: "a cat" }],
    });
  });
});
