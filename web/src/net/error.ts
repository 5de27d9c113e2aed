/** Errors of calls, in words for people. */
import { clock, longDay } from "~/message/time";

interface Tree {
  _errors?: { code: string; message: string }[];
  [field: string]: Tree | { code: string; message: string }[] | undefined;
}

export interface ErrorBody {
  code?: number;
  message?: string;
  errors?: Tree;
  retry_after?: number;
  suspended_until?: string | null;
}

export class ApiError extends Error {
  readonly code: number;
  readonly retryAfter: number | null;
  /** Messages of fields, by dotted path. */
  readonly fields: Record<string, string>;

  constructor(
    readonly status: number,
    readonly body: ErrorBody,
  ) {
    super(body.message ?? (status === 0 ? "The server cannot be reached." : `The server answered ${status}.`));
    this.code = body.code ?? 0;
    this.retryAfter = body.retry_after ?? null;
    this.fields = flatten(body.errors);
  }

  /** Whether the call never reached a server. */
  get offline(): boolean {
    return this.status === 0;
  }
}

function flatten(tree: Tree | undefined, path = "", into: Record<string, string> = {}): Record<string, string> {
  if (!tree || typeof tree !== "object") return into;
  for (const [key, value] of Object.entries(tree)) {
    if (key === "_errors" && Array.isArray(value)) {
      into[path] = value.map((error) => error.message).join(" ");
    } else if (value && !Array.isArray(value)) {
      flatten(value, path ? `${path}.${key}` : key, into);
    }
  }
  return into;
}

/** The account may not do anything for now. */
export const SUSPENDED = 7000002;

function suspension(until: string | null | undefined): string {
  if (!until) return "This account is suspended, until somebody who runs this server lifts that.";
  const at = Date.parse(until);
  return `This account is suspended until ${longDay(at)}, ${clock(at, false)}.`;
}

const WORDS: Record<number, string> = {
  7000001: "Registration is switched off here.",
  7000003: "The server is read-only right now.",
  7000004: "You can only message friends here.",
  7000005: "This setup link was used already, or is wrong.",
  7000006: "This channel is locked.",
  7000007: "The last owner of the server cannot leave it.",
  7000010: "Nobody comes in for now: the guild has paused that.",
  30001: "You are in as many guilds as one can be in.",
  30019: "The guild is full.",
  10006: "This invite is gone or was never there.",
  20016: "Slow mode is on. Wait a moment before you send again.",
  40011: "Hand over or delete the guilds that you own first.",
  40007: "You are banned from this server.",
  50001: "You do not have access to that.",
  50007: "This person does not take messages from you.",
  50013: "You do not have permission to do that.",
  50045: "The file is too large.",
  200000: "The server's automatic moderation blocked that.",
  200001: "The server's automatic moderation blocked that title.",
};

/** What went wrong, as a sentence. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : "Something went wrong.";
  if (error.offline) return "The server cannot be reached. Check your connection and try again.";
  if (error.status === 429 && error.code !== 20016) return "That was a bit fast. Try again in a moment.";
  if (error.status === 404 && error.code === 0) return "This server does not offer that.";
  if (error.code === SUSPENDED) return suspension(error.body.suspended_until);
  const known = WORDS[error.code];
  if (known) return known;
  const fields = Object.values(error.fields);
  if (fields.length > 0) return fields.join(" ");
  return error.status >= 500 ? "The server had a problem. Try again." : error.message;
}
