/** Why nobody is logged in on this page any more: the page to log in on says it. */
import { ApiError, explain, SUSPENDED } from "~/net/error";
import { isPast } from "~/net/clock";
import { api } from "~/net/rest";

export type Farewell = { kind: "ended" } | { kind: "deleted" } | { kind: "suspended"; until: string | null };

const KEY = "guildhall.farewell";

/** Asks the server what it has against a token that it refused. Where it cannot be asked, the login is over all the same. */
export async function askWhy(): Promise<Farewell> {
  try {
    await api.get("/users/@me");
  } catch (error) {
    if (error instanceof ApiError && error.code === SUSPENDED) {
      return { kind: "suspended", until: error.body.suspended_until ?? null };
    }
  }
  return { kind: "ended" };
}

export const leaveWord = (why: Farewell): void => sessionStorage.setItem(KEY, JSON.stringify(why));
export const forgetWord = (): void => sessionStorage.removeItem(KEY);

function left(): Farewell | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** What was left, as a sentence; nothing once a suspension is over. */
export function lastWord(): string {
  const why = left();
  switch (why?.kind) {
    case "ended":
      return "You were logged out. This login was ended, or the account is no longer there.";
    case "deleted":
      return "Your account is deleted.";
    case "suspended":
      if (why.until && isPast(Date.parse(why.until))) return "";
      return `You were logged out. ${explain(new ApiError(403, { code: SUSPENDED, suspended_until: why.until }))}`;
    default:
      return "";
  }
}
