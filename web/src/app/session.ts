/** Who is logged in on this device, and the gateway's life with it. */
import { createSignal } from "solid-js";
import { authorize, own } from "~/net/rest";
import { connect, disconnect } from "~/net/socket";
import { api } from "~/net/rest";
import type { Instance } from "~/wire";
import { hear } from "./dispatch";
import { askWhy, type Farewell, forgetWord, leaveWord } from "./farewell";
import { navigate } from "./router";

const KEY = "guildhall.token";
const AFTER = "guildhall.after";
/** Since when a page of this browser gets another token. */
const CHANGING = "guildhall.changing";
/** How long that takes at most. */
const CHANGE_MS = 15_000;

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const [token, setToken] = createSignal<string | null>(stored());
const [instance, setInstance] = createSignal<Instance | null>(null);
export { instance, setInstance, token };

export const loggedIn = (): boolean => token() !== null;

/** Connects as whoever is logged in. */
export function start(): void {
  void refreshInstance();
  const known = token();
  if (known) use(known);
  else authorize(null, forget);
  // Somebody logs in on another page of this browser: this one is theirs too.
  window.addEventListener("storage", (event) => {
    if (doubted !== null && (event.key === KEY || event.key === CHANGING)) return decide(doubted);
    if (event.key !== KEY || !event.newValue || loggedIn()) return;
    const waits = ["login", "register", "setup"].includes(location.pathname.split("/")[1] ?? "");
    logIn(event.newValue, waits ? undefined : location.pathname + location.search);
  });
}

export async function refreshInstance(): Promise<Instance | null> {
  try {
    setInstance(await own.get<Instance>("/instance"));
  } catch {
    // The page that needs it says so.
  }
  return instance();
}

/** A token came from the server: from here on the device is that account's. */
export function logIn(next: string, to?: string): void {
  keep(next);
  forgetWord();
  const after = sessionStorage.getItem(AFTER);
  sessionStorage.removeItem(AFTER);
  navigate(to ?? after ?? "/channels/@me", { replace: true });
}

function keep(next: string): void {
  localStorage.setItem(KEY, next);
  setToken(next);
  use(next);
}

function use(next: string): void {
  const refused = () => {
    if (changing) lost = true;
    else if (token() === next) dismissed(next);
  };
  authorize(next, refused);
  connect(next, { hear, refused });
}

let changing = false;
let lost = false;

/**
 * Does something that gives this device another token, such as a change of password. The old one may be refused before
 * the new one is here: only when none comes is nobody logged in any more.
 */
export async function changeToken<T extends { token?: string | null }>(work: () => Promise<T>): Promise<T> {
  changing = true;
  lost = false;
  localStorage.setItem(CHANGING, String(Date.now()));
  try {
    const made = await work();
    changing = false;
    if (made.token) keep(made.token);
    else if (lost) forget({ kind: "ended" });
    return made;
  } catch (error) {
    changing = false;
    if (lost) forget({ kind: "ended" });
    throw error;
  } finally {
    localStorage.removeItem(CHANGING);
  }
}

/** Where to go after logging in. */
export const comeBackTo = (path: string): void => sessionStorage.setItem(AFTER, path);

/** Whose token it is: its first part says so. */
const ownerOf = (one: string): string | undefined => one.split(".")[0];

/** The token that the server no longer knows, as long as another page of this browser waits for its successor. */
let doubted: string | null = null;
/** The token of which the server is asked why it is no longer good. */
let leaving: string | null = null;

/** The server no longer knows the token. Another page of this browser may have got a newer one, or be about to. */
function dismissed(old: string): void {
  if (doubted === old || leaving === old) return;
  const since = Number(localStorage.getItem(CHANGING) ?? 0);
  if (stored() !== old || Date.now() - since > CHANGE_MS) return decide(old);
  doubted = old;
  setTimeout(() => doubted === old && decide(old), CHANGE_MS);
}

function decide(old: string): void {
  doubted = null;
  const newer = stored();
  if (newer === null || newer === old) {
    comeBackTo(location.pathname + location.search);
    return void leave(old);
  }
  if (ownerOf(newer) !== ownerOf(old)) return location.reload();
  setToken(newer);
  use(newer);
}

/** Goes with the reason that the server gives. */
async function leave(old: string): Promise<void> {
  leaving = old;
  const why = await askWhy();
  leaving = null;
  // Somebody may have logged in on another page of this browser in the meantime.
  if (token() === old) forget(why);
}

/** The token is no longer good, or was given back: nothing of the account stays on the page but why, where nobody asked for it. */
function forget(why?: Farewell): void {
  if (why) leaveWord(why);
  // Another page may keep a newer one there.
  if (stored() === token()) localStorage.removeItem(KEY);
  disconnect();
  location.assign("/login");
}

/** The account itself is gone. */
export const forgetAccount = (): void => forget({ kind: "deleted" });

export async function logOut(): Promise<void> {
  await api.post("/auth/logout", {}).catch(() => {});
  forget();
}
