/** Which failed calls are tried again, and when: a decision without clock or network. */

export interface Failure {
  /** 0 where nothing answered. */
  status: number;
  /** Discord's error code. */
  code?: number;
  /** Seconds that the server asked to wait. */
  retryAfter?: number | null;
}

export interface Attempted {
  method: string;
  /** The call may be repeated although its method does not say so: a send with a nonce. */
  repeatable?: boolean;
  /** How often it was tried again already. */
  retries: number;
}

const MOST_RETRIES = 3;
/** A longer wait is the person's to decide. */
const LONGEST_WAIT_S = 30;
const SLOW_MODE = 20016;

/** Milliseconds to wait before the next try, or null to give up. */
export function retryIn(call: Attempted, failure: Failure, random = Math.random()): number | null {
  if (call.retries >= MOST_RETRIES) return null;
  const idempotent = call.repeatable === true || ["GET", "PUT", "DELETE", "HEAD"].includes(call.method);
  const backoff = 400 * 2 ** call.retries * (0.75 + random / 2);
  const asked = failure.retryAfter ?? null;
  if (asked !== null && asked > LONGEST_WAIT_S) return null;
  switch (failure.status) {
    case 429:
      // It was refused before it did anything: any method may come again.
      if (failure.code === SLOW_MODE) return null;
      return asked === null ? backoff : asked * 1000 + random * 100;
    case 502:
    case 503:
    case 504:
      if (!idempotent) return null;
      return asked === null ? backoff : asked * 1000;
    case 0:
      return call.method === "GET" ? backoff : null;
    default:
      return null;
  }
}
