/** Who is logged in on this device, and the gateway's life with it. */
import { createSignal } from "solid-js";
import { authorize, own } from "~/net/rest";
import { connect, disconnect } from "~/net/socket";
import { api } from "~/net/rest";
import type { Instance } from "~/wire";
import { hear } from "./dispatch";
import { navigate } from "./router";

const KEY = "guildhall.token";
const AFTER = "guildhall.after";

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
  authorize(known, forget);
  if (known) connect(known, { hear, refused: forget });
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
  localStorage.setItem(KEY, next);
  setToken(next);
  authorize(next, forget);
  connect(next, { hear, refused: forget });
  const after = sessionStorage.getItem(AFTER);
  sessionStorage.removeItem(AFTER);
  navigate(to ?? after ?? "/channels/@me", { replace: true });
}

/** A new token for the same account: after a change of password. */
export function replaceToken(next: string): void {
  localStorage.setItem(KEY, next);
  setToken(next);
  authorize(next, forget);
  connect(next, { hear, refused: forget });
}

/** Where to go after logging in. */
export const comeBackTo = (path: string): void => sessionStorage.setItem(AFTER, path);

/** The token is no longer good, or was given back: nothing of the account stays on the page. */
function forget(): void {
  localStorage.removeItem(KEY);
  disconnect();
  location.assign("/login");
}

/** The account itself is gone. */
export const forgetAccount = (): void => forget();

export async function logOut(): Promise<void> {
  await api.post("/auth/logout", {}).catch(() => {});
  forget();
}
