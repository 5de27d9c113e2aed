import { describe, expect, it } from "vitest";
import { type Frame, Op } from "~/wire";
import { COME_BACK, type Output, Session } from "./session";

const frame = (op: number, d: unknown = null, t: string | null = null, s: number | null = null) =>
  ({ kind: "frame", frame: { op, d, s, t } satisfies Frame }) as const;
const hello = frame(Op.Hello, { heartbeat_interval: 1000 });
const ready = (s = 1) => frame(Op.Dispatch, { session_id: "abc" }, "READY", s);
const sent = (outputs: Output[]) => outputs.flatMap((output) => (output.kind === "send" ? [output.frame] : []));
const kinds = (outputs: Output[]) => outputs.map((output) => output.kind);

function connected(): Session {
  const session = new Session("token", { os: "t" }, () => 0.5);
  session.step({ kind: "start" });
  session.step(hello);
  session.step(ready());
  return session;
}

describe("a gateway session", () => {
  it("identifies first, and says that it is connected after READY", () => {
    const session = new Session("token", { os: "t" }, () => 0.5);
    expect(kinds(session.step({ kind: "start" }))).toEqual(["state", "open"]);
    const outputs = session.step(hello);
    expect(outputs[0]).toEqual({ kind: "beatIn", ms: 500 });
    expect(sent(outputs)[0]?.op).toBe(Op.Identify);
    expect(session.step(ready())).toContainEqual({ kind: "state", state: "connected" });
  });

  it("resumes after a cut with the last sequence number", () => {
    const session = connected();
    session.step(frame(Op.Dispatch, {}, "TYPING_START", 7));
    const outputs = session.step({ kind: "closed", code: 1006 });
    expect(outputs).toContainEqual({ kind: "reopenIn", ms: 375 });
    session.step({ kind: "reopen" });
    expect(sent(session.step(hello))).toEqual([{ op: Op.Resume, d: { token: "token", session_id: "abc", seq: 7 } }]);
    expect(session.step(frame(Op.Dispatch, {}, "RESUMED", 8))).toContainEqual({ kind: "state", state: "connected" });
  });

  it("identifies anew where the session is gone", () => {
    const session = connected();
    session.step({ kind: "closed", code: 1006 });
    session.step({ kind: "reopen" });
    session.step(hello);
    expect(kinds(session.step(frame(Op.InvalidSession, false)))).toEqual(["close", "state", "reopenIn"]);
    session.step({ kind: "reopen" });
    expect(sent(session.step(hello))[0]?.op).toBe(Op.Identify);
    // A new session counts from the start again.
    expect(kinds(session.step(ready(1)))).toContain("dispatch");
  });

  it.each([
    [4004, "refused"],
    [4009, "reopenIn"],
    [4000, "reopenIn"],
  ])("answers close code %i with %s", (code, kind) => {
    expect(kinds(connected().step({ kind: "closed", code }))).toContain(kind);
  });

  it("does not resume what a code ended", () => {
    const session = connected();
    session.step({ kind: "closed", code: 4009 });
    session.step({ kind: "reopen" });
    expect(sent(session.step(hello))[0]?.op).toBe(Op.Identify);
  });

  it("hears nothing twice", () => {
    const session = connected();
    expect(session.step(frame(Op.Dispatch, {}, "MESSAGE_CREATE", 2))).toHaveLength(1);
    expect(session.step(frame(Op.Dispatch, {}, "MESSAGE_CREATE", 2))).toHaveLength(0);
  });

  it("cuts a connection that answers no heartbeat, and comes back", () => {
    const session = connected();
    expect(sent(session.step({ kind: "beat" }))[0]).toEqual({ op: Op.Heartbeat, d: 1 });
    const outputs = session.step({ kind: "beat" });
    expect(outputs).toContainEqual({ kind: "close", code: COME_BACK });
    expect(kinds(outputs)).toContain("reopenIn");
  });

  it("waits longer from failure to failure, up to ten seconds, and at once when woken", () => {
    const session = new Session("token", {}, () => 1);
    session.step({ kind: "start" });
    const waits: number[] = [];
    for (let index = 0; index < 9; index += 1) {
      for (const output of session.step({ kind: "closed", code: 1006 })) {
        if (output.kind === "reopenIn") waits.push(output.ms);
      }
      session.step({ kind: "reopen" });
    }
    expect(waits.slice(0, 3)).toEqual([500, 1000, 2000]);
    expect(Math.max(...waits)).toBe(10_000);
    session.step({ kind: "closed", code: 1006 });
    expect(kinds(session.step({ kind: "wake" }))).toContain("open");
  });
});
