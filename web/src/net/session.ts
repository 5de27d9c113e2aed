/** A gateway session as a state machine: what is to be done follows from what happened, without sockets or clocks. */
import { type Frame, Op } from "~/wire";

export type Input =
  | { kind: "start" }
  | { kind: "frame"; frame: Frame }
  | { kind: "closed"; code: number }
  | { kind: "beat" }
  /** The network is back, or the page is shown again. */
  | { kind: "wake" }
  | { kind: "reopen" };

export type Output =
  | { kind: "open" }
  | { kind: "send"; frame: { op: number; d: unknown } }
  | { kind: "close"; code: number }
  | { kind: "beatIn"; ms: number }
  | { kind: "reopenIn"; ms: number }
  | { kind: "dispatch"; name: string; body: unknown }
  | { kind: "state"; state: State }
  /** The token is no longer good. */
  | { kind: "refused" };

export type State = "connecting" | "connected" | "waiting";

/** Closed by us, to come back with the same session: 1000 and 1001 would end it. */
export const COME_BACK = 4900;
/** The token was refused. */
const NOT_AUTHENTICATED = 4004;
/** After these the session cannot be resumed: bad sequence, session over. */
const FRESH = new Set([1000, 1001, 4003, 4007, 4009]);
const LONGEST_WAIT = 10_000;

export class Session {
  private id: string | null = null;
  private sequence: number | null = null;
  private acknowledged = true;
  private interval = 41_250;
  private failures = 0;
  private state: State = "waiting";

  constructor(
    private readonly token: string,
    private readonly properties: Record<string, string>,
    private readonly random: () => number = Math.random,
  ) {}

  step(input: Input): Output[] {
    switch (input.kind) {
      case "start":
      case "reopen":
        if (this.state !== "waiting") return [];
        return [...this.become("connecting"), { kind: "open" }];
      case "wake":
        if (this.state === "waiting") return this.step({ kind: "reopen" });
        // A dead socket is found out by asking, not by waiting for the next beat.
        return this.state === "connected" ? this.beat() : [];
      case "beat":
        return this.beat();
      case "closed":
        return this.closed(input.code);
      case "frame":
        return this.frame(input.frame);
    }
  }

  private become(state: State): Output[] {
    if (this.state === state) return [];
    this.state = state;
    return [{ kind: "state", state }];
  }

  private beat(): Output[] {
    if (!this.acknowledged) {
      // Nobody answered the last one: the connection is dead without knowing.
      return [{ kind: "close", code: COME_BACK }, ...this.closed(COME_BACK)];
    }
    this.acknowledged = false;
    return [this.heartbeat(), { kind: "beatIn", ms: this.interval }];
  }

  private heartbeat(): Output {
    return { kind: "send", frame: { op: Op.Heartbeat, d: this.sequence } };
  }

  private closed(code: number): Output[] {
    if (this.state === "waiting") return [];
    this.acknowledged = true;
    const outputs = this.become("waiting");
    if (code === NOT_AUTHENTICATED) {
      this.forget();
      return [...outputs, { kind: "refused" }];
    }
    if (FRESH.has(code)) this.forget();
    const wait = Math.min(500 * 2 ** this.failures, LONGEST_WAIT) * (0.5 + this.random() / 2);
    this.failures += 1;
    return [...outputs, { kind: "reopenIn", ms: Math.round(wait) }];
  }

  private forget(): void {
    this.id = null;
    this.sequence = null;
  }

  private frame(frame: Frame): Output[] {
    switch (frame.op) {
      case Op.Hello: {
        this.acknowledged = true;
        this.interval = (frame.d as { heartbeat_interval: number }).heartbeat_interval;
        return [{ kind: "beatIn", ms: Math.round(this.interval * this.random()) }, this.greet()];
      }
      case Op.HeartbeatAck:
        this.acknowledged = true;
        return [];
      case Op.Heartbeat:
        return [this.heartbeat()];
      case Op.Reconnect:
        this.failures = 0;
        return [{ kind: "close", code: COME_BACK }, ...this.closed(COME_BACK)];
      case Op.InvalidSession: {
        if (frame.d !== true) this.forget();
        return [{ kind: "close", code: COME_BACK }, ...this.closed(COME_BACK)];
      }
      case Op.Dispatch:
        return this.dispatch(frame);
      default:
        return [];
    }
  }

  private greet(): Output {
    if (this.id !== null) {
      const d = { token: this.token, session_id: this.id, seq: this.sequence ?? 0 };
      return { kind: "send", frame: { op: Op.Resume, d } };
    }
    const d = { token: this.token, properties: this.properties, compress: false, large_threshold: 250 };
    return { kind: "send", frame: { op: Op.Identify, d } };
  }

  private dispatch(frame: Frame): Output[] {
    // What was replayed twice is heard once.
    if (frame.s !== null && this.sequence !== null && frame.s <= this.sequence && frame.t !== "READY") return [];
    if (frame.s !== null) this.sequence = frame.s;
    const outputs: Output[] = [];
    if (frame.t === "READY") this.id = (frame.d as { session_id: string }).session_id;
    if (frame.t === "READY" || frame.t === "RESUMED") {
      this.failures = 0;
      outputs.push(...this.become("connected"));
    }
    if (frame.t) outputs.push({ kind: "dispatch", name: frame.t, body: frame.d });
    return outputs;
  }
}
