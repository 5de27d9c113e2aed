/** What third parties ask for, in words. */

export interface Scope {
  name: string;
  /** Fits after "It will be able to". */
  does: string;
}

const WORDS: Record<string, string> = {
  identify: "see your name and picture",
  email: "see your email address",
  openid: "know who you are",
  guilds: "see which guilds you are in",
  "guilds.join": "let you join guilds",
  "guilds.members.read": "see your name and roles in your guilds",
  connections: "see your connected accounts",
  "messages.read": "read messages that you see",
  "role_connections.write": "write what your linked roles go by",
  "webhook.incoming": "write messages to a channel of your choice",
  bot: "come to a guild as a bot",
  "applications.commands": "add commands",
  "applications.commands.permissions.update": "change who may use its commands",
  "applications.entitlements": "see what you bought from it",
};

export const ALL_SCOPES = Object.keys(WORDS);

export const wordsOf = (scope: string): string => WORDS[scope] ?? scope;

/** What a page of the address asks for. */
export interface Ask {
  /** As it stands in the address: it goes to the server as it came. */
  query: Record<string, string>;
  scopes: string[];
  permissions: bigint;
  guild: string;
  /** Whether another guild may be chosen. */
  fixed: boolean;
}

const KEYS = [
  "client_id",
  "response_type",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "integration_type",
] as const;

function bitsOf(text: string): bigint {
  return /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
}

export function readAsk(search: string): Ask {
  const given = new URLSearchParams(search);
  const query: Record<string, string> = {};
  for (const key of KEYS) {
    const value = given.get(key);
    if (value) query[key] = value;
  }
  return {
    query,
    scopes: (given.get("scope") ?? "").split(/\s+/).filter(Boolean),
    permissions: bitsOf(given.get("permissions") ?? ""),
    guild: given.get("guild_id") ?? "",
    fixed: given.get("disable_guild_select") === "true",
  };
}

/** An address under which an application is asked for, as its maker puts it together. */
export function askAddress(
  origin: string,
  parts: { client: string; scopes: readonly string[]; permissions: bigint; redirect: string },
): string {
  const query = new URLSearchParams({ client_id: parts.client, scope: parts.scopes.join(" ") });
  if (parts.scopes.includes("bot")) query.set("permissions", parts.permissions.toString());
  const installs = parts.scopes.every((scope) => scope === "bot" || scope === "applications.commands");
  if (!installs) {
    query.set("response_type", "code");
    if (parts.redirect) query.set("redirect_uri", parts.redirect);
  }
  return `${origin}/oauth2/authorize?${query}`;
}

/** Where somebody goes next, as far as a browser may be sent there. */
export function hostOf(address: string): string {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.host : `${url.protocol}//`;
  } catch {
    return address;
  }
}
