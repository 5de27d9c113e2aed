/** Calls of the REST API. */
import { ApiError, type ErrorBody } from "./error";
import { retryIn } from "./retry";

export const DISCORD = "/api/v10";
export const OWN = "/api/guildhall/v1";

export interface Call {
  body?: unknown;
  query?: Record<string, string | number | boolean | null | undefined>;
  signal?: AbortSignal;
  /** May be repeated although it is a POST. */
  repeatable?: boolean;
  /** Goes to the audit log. */
  reason?: string;
}

let token: string | null = null;
let onUnauthorized: () => void = () => {};

/** Whose calls these are from now on. */
export function authorize(next: string | null, unauthorized: () => void): void {
  token = next;
  onUnauthorized = unauthorized;
}

export const authorization = (): string | null => token;

/** Told by every caller that hears 401 with a token. */
export function refused(): void {
  if (token) onUnauthorized();
}

export function address(base: string, path: string, query?: Call["query"]): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return base + path + (text ? `?${text}` : "");
}

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

/** Seconds that an answer asks to wait: the body is finer than the header. */
export function waitOf(response: { headers: Headers }, body: ErrorBody): number | null {
  if (typeof body.retry_after === "number") return body.retry_after;
  const header = Number(response.headers.get("retry-after"));
  return Number.isFinite(header) && header > 0 ? header : null;
}

async function read(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 200) };
  }
}

/** A server that says nothing for so long is not there. */
const PATIENCE_MS = 30_000;

async function once(method: string, url: string, call: Call): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token) headers.authorization = token;
  if (call.body !== undefined) headers["content-type"] = "application/json";
  if (call.reason) headers["x-audit-log-reason"] = encodeURIComponent(call.reason);
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  const patience = AbortSignal.timeout(PATIENCE_MS);
  return fetch(url, { method, headers, body, signal: call.signal ? AbortSignal.any([call.signal, patience]) : patience });
}

async function send<T>(base: string, method: string, path: string, call: Call = {}): Promise<T> {
  const url = address(base, path, call.query);
  for (let retries = 0; ; retries += 1) {
    let failure: ApiError;
    let wait: number | null = null;
    try {
      const response = await once(method, url, call);
      const body = await read(response);
      if (response.ok) return body as T;
      const problem = (body ?? {}) as ErrorBody;
      failure = new ApiError(response.status, problem);
      wait = waitOf(response, problem);
      if (response.status === 401) refused();
    } catch (error) {
      if (call.signal?.aborted) throw error;
      failure = new ApiError(0, {});
    }
    const attempted = { method, retries, ...(call.repeatable ? { repeatable: true } : {}) };
    const ms = retryIn(attempted, { status: failure.status, code: failure.code, retryAfter: wait });
    if (ms === null) throw failure;
    await sleep(ms, call.signal);
  }
}

function methods(base: string) {
  return {
    get: <T>(path: string, query?: Call["query"], call?: Call) => send<T>(base, "GET", path, { ...call, query }),
    post: <T>(path: string, body: unknown = {}, call?: Call) => send<T>(base, "POST", path, { ...call, body }),
    put: <T>(path: string, body?: unknown, call?: Call) => send<T>(base, "PUT", path, { ...call, body }),
    patch: <T>(path: string, body: unknown, call?: Call) => send<T>(base, "PATCH", path, { ...call, body }),
    delete: <T>(path: string, call?: Call) => send<T>(base, "DELETE", path, { ...call }),
  };
}

/** Discord's API. */
export const api = methods(DISCORD);
/** Guildhall's own. */
export const own = methods(OWN);
