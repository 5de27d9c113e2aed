/** After a while without a hand on it, the client says that nobody is there. */
import { createEffect, on } from "solid-js";
import { connection, sendFrame } from "~/net/socket";
import { account } from "~/user/store";
import { type Activity, type CustomStatus, Op } from "~/wire";
import { instance } from "./session";

const EVENTS = ["pointermove", "keydown", "wheel", "touchstart"] as const;

/** What others see beside the status: the line that one wrote, as long as it stands. What is not named here would be gone for them. */
export function activitiesOf(custom: CustomStatus | null | undefined, now: number): Activity[] {
  if (!custom || (!custom.text && !custom.emoji_name)) return [];
  if (custom.expires_at && Date.parse(custom.expires_at) <= now) return [];
  const emoji = custom.emoji_name ? { emoji: { name: custom.emoji_name, id: custom.emoji_id ?? null } } : {};
  return [{ name: "Custom Status", type: 4, state: custom.text ?? "", ...emoji }];
}

export function watchIdle(): () => void {
  let last = Date.now();
  let idle = false;
  const say = (next: boolean) => {
    idle = next;
    // Who chose another status keeps it.
    if ((account.settings?.status ?? "online") !== "online") return;
    sendFrame(Op.PresenceUpdate, {
      status: next ? "idle" : "online",
      since: next ? last : null,
      activities: activitiesOf(account.settings?.custom_status, Date.now()),
      afk: next,
    });
  };
  // A new session begins as if somebody were there.
  createEffect(on(connection, (state) => state === "connected" && idle && say(true), { defer: true }));
  const touched = () => {
    last = Date.now();
    if (idle) say(false);
  };
  const timer = setInterval(() => {
    const limit = (instance()?.idle_after_minutes ?? 10) * 60_000;
    if (!idle && limit > 0 && Date.now() - last > limit) say(true);
  }, 15_000);
  for (const name of EVENTS) window.addEventListener(name, touched, { passive: true });
  return () => {
    clearInterval(timer);
    for (const name of EVENTS) window.removeEventListener(name, touched);
  };
}
