/** The gateway's socket and timers around a [`Session`]. */
import { createSignal } from "solid-js";
import type { EventName, Events, Frame } from "~/wire";
import { type Input, type Output, Session, type State } from "./session";

type Hear = <Name extends EventName>(name: Name, body: Events[Name]) => void;

const [state, setState] = createSignal<State>("connecting");
/** Whether the gateway is there. */
export const connection = state;

let socket: WebSocket | null = null;
let session: Session | null = null;
let beat: ReturnType<typeof setTimeout> | undefined;
let reopen: ReturnType<typeof setTimeout> | undefined;
let hear: Hear = () => {};
let refuse: () => void = () => {};

/** How long a handshake may take. */
const PATIENCE = 15_000;

export function connect(token: string, handlers: { hear: Hear; refused: () => void }): void {
  disconnect();
  hear = handlers.hear;
  refuse = handlers.refused;
  session = new Session(token, { os: system(), browser: "Guildhall Web", device: "" });
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", wakeWhenShown);
  step({ kind: "start" });
}

export function disconnect(): void {
  window.removeEventListener("online", wake);
  document.removeEventListener("visibilitychange", wakeWhenShown);
  clearTimeout(beat);
  clearTimeout(reopen);
  session = null;
  drop(1000);
}

/** Sends a frame; false where nobody is there to hear it. */
export function sendFrame(op: number, d: unknown): boolean {
  if (state() !== "connected" || socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify({ op, d }));
  return true;
}

const wake = () => step({ kind: "wake" });
const wakeWhenShown = () => {
  if (document.visibilityState === "visible") wake();
};

function system(): string {
  const agent = navigator.userAgent;
  return /Android|iPhone|iPad/.exec(agent)?.[0] ?? /Windows|Mac OS|Linux/.exec(agent)?.[0] ?? "Unknown";
}

function step(input: Input): void {
  for (const output of session?.step(input) ?? []) act(output);
}

function act(output: Output): void {
  switch (output.kind) {
    case "open":
      return open();
    case "send":
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(output.frame));
      return;
    case "close":
      return drop(output.code);
    case "beatIn":
      clearTimeout(beat);
      beat = setTimeout(() => step({ kind: "beat" }), output.ms);
      return;
    case "reopenIn":
      clearTimeout(beat);
      clearTimeout(reopen);
      reopen = setTimeout(() => step({ kind: "reopen" }), output.ms);
      return;
    case "state":
      setState(output.state);
      return;
    case "dispatch":
      return hear(output.name as EventName, output.body as Events[EventName]);
    case "refused":
      return refuse();
  }
}

/** Closes the socket without hearing of it. */
function drop(code: number): void {
  const old = socket;
  socket = null;
  if (!old) return;
  old.onopen = old.onmessage = old.onclose = old.onerror = null;
  old.close(code);
}

function open(): void {
  drop(1000);
  clearTimeout(reopen);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const opened = new WebSocket(`${scheme}://${location.host}/gateway?v=10&encoding=json`);
  socket = opened;
  const patience = setTimeout(() => {
    if (socket !== opened || opened.readyState === WebSocket.OPEN) return;
    drop(4900);
    step({ kind: "closed", code: 1006 });
  }, PATIENCE);
  opened.onmessage = (event) => {
    clearTimeout(patience);
    step({ kind: "frame", frame: JSON.parse(String(event.data)) as Frame });
  };
  opened.onclose = (event) => {
    clearTimeout(patience);
    socket = null;
    step({ kind: "closed", code: event.code });
  };
}
