/** Where in the client one is: the address, as a signal. */
import { createMemo, createSignal } from "solid-js";
import type { Id } from "~/wire";

const [path, setPath] = createSignal(typeof location === "undefined" ? "/" : location.pathname);
export { path };

let mayLeave = () => true;
/** Who is asked before a page is left, by whatever way: no keeps it. */
export function askBeforeLeaving(ask: () => boolean): void {
  mayLeave = ask;
}

if (typeof window !== "undefined") {
  window.addEventListener("popstate", () => {
    if (mayLeave()) setPath(location.pathname);
    else history.pushState(null, "", path());
  });
}

let chat = "/channels/@me";
/** What was open before settings or administration. */
export const lastChat = (): string => chat;

interface Way {
  /** In the place of the address that is open: the way back does not lead through it. */
  replace?: boolean;
  /** Nobody is asked: what is open is gone. */
  force?: boolean;
}

export function navigate(to: string, options: Way = {}): void {
  if (to === location.pathname && !location.hash) return;
  if (!options.force && !mayLeave()) return;
  if (location.pathname.startsWith("/channels/")) chat = location.pathname;
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  setPath(location.pathname);
}

/** A link of the client itself: followed without loading the page again. */
export function follow(event: MouseEvent & { currentTarget: HTMLAnchorElement }): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  navigate(event.currentTarget.pathname);
}

export type Place =
  | { kind: "home"; channel?: Id; message?: Id }
  | { kind: "guild"; guild: Id; channel?: Id; message?: Id }
  | { kind: "invite"; code: string }
  | { kind: "settings"; page: string }
  | { kind: "guild-settings"; guild: Id; page: string }
  | { kind: "admin"; page: string }
  | { kind: "authorize" }
  | { kind: "template"; code: string }
  | { kind: "discover" }
  | { kind: "page"; name: string };

/** A part of an address as it is meant; as it stands where it is no sound one. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function placeOf(pathname: string): Place {
  const [first = "", second = "", third = "", fourth = ""] = pathname.split("/").filter(Boolean).map(decoded);
  switch (first) {
    case "channels": {
      const rest = { ...(third ? { channel: third } : {}), ...(fourth ? { message: fourth } : {}) };
      return second === "@me" || !second ? { kind: "home", ...rest } : { kind: "guild", guild: second, ...rest };
    }
    case "invite":
      return { kind: "invite", code: second };
    case "settings":
      return { kind: "settings", page: second || "account" };
    case "guilds":
      return { kind: "guild-settings", guild: second, page: fourth || "overview" };
    case "template":
      return { kind: "template", code: second };
    case "discover":
      return { kind: "discover" };
    case "oauth2":
      return second === "authorize" ? { kind: "authorize" } : { kind: "page", name: first };
    case "admin":
      return { kind: "admin", page: second || "overview" };
    default:
      return { kind: "page", name: first };
  }
}

export const place = createMemo(() => placeOf(path()));

/** The channel that is open. */
export const openChannel = createMemo(() => {
  const now = place();
  return now.kind === "home" || now.kind === "guild" ? now.channel : undefined;
});

export const channelPath = (guild: Id | undefined | null, channel: Id, message?: Id): string =>
  `/channels/${guild ?? "@me"}/${channel}${message ? `/${message}` : ""}`;
