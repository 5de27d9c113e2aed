/** After a while without a hand on it, the client says that nobody is there. The status and the line that were chosen are the server's to add. */
import { createEffect, on } from "solid-js";
import { connection, sendFrame } from "~/net/socket";
import { preferences } from "~/preference/store";
import { Op } from "~/wire";
import { instance } from "./session";

const EVENTS = ["pointermove", "keydown", "wheel", "touchstart"] as const;

/** As many minutes as one chose oneself, or else as the server says; 0 for never. */
const limitMs = (): number => (preferences.idleMinutes ?? instance()?.idle_after_minutes ?? 10) * 60_000;

export function watchIdle(): () => void {
  let last = Date.now();
  let idle = false;
  const say = (next: boolean) => {
    idle = next;
    sendFrame(Op.PresenceUpdate, { status: next ? "idle" : "online", since: next ? last : null, activities: [], afk: next });
  };
  // A new session begins as if somebody were there.
  createEffect(on(connection, (state) => state === "connected" && idle && say(true), { defer: true }));
  const touched = () => {
    last = Date.now();
    if (idle) say(false);
  };
  const timer = setInterval(() => {
    const limit = limitMs();
    if (!idle && limit > 0 && Date.now() - last > limit) say(true);
  }, 15_000);
  for (const name of EVENTS) window.addEventListener(name, touched, { passive: true });
  return () => {
    clearInterval(timer);
    for (const name of EVENTS) window.removeEventListener(name, touched);
  };
}
