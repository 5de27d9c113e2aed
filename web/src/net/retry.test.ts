import { expect, it } from "vitest";
import { retryIn } from "./retry";

it.each([
  ["GET", { status: 503 }, 0, 400],
  ["GET", { status: 502 }, 2, 1600],
  ["GET", { status: 504 }, 3, null],
  ["GET", { status: 500 }, 0, null],
  ["GET", { status: 404 }, 0, null],
  ["GET", { status: 0 }, 0, 400],
  ["POST", { status: 0 }, 0, null],
  ["POST", { status: 503 }, 0, null],
  ["DELETE", { status: 503, retryAfter: 2 }, 0, 2000],
  ["POST", { status: 429, retryAfter: 2 }, 0, 2050],
  ["PATCH", { status: 429, retryAfter: 120 }, 0, null],
  ["POST", { status: 429, code: 20016, retryAfter: 2 }, 0, null],
])("%s after %o and %i retries", (method, failure, retries, expected) => {
  expect(retryIn({ method, retries }, failure, 0.5)).toBe(expected);
});

it("repeats a send that carries a nonce", () => {
  expect(retryIn({ method: "POST", repeatable: true, retries: 0 }, { status: 503 }, 0.5)).toBe(400);
});
