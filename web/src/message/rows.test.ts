import { describe, expect, it } from "vitest";
import type { Message } from "~/wire";
import type { Pending } from "./outbox";
import { type Row, rowsOf } from "./rows";

const at = (minute: number, day = 1) => new Date(2026, 0, day, 12, minute).toISOString();
const message = (id: number, author: string, time: string, type = 0) =>
  ({ id: String(id), author: { id: author }, timestamp: time, type }) as unknown as Message;
const base = { pending: [], me: "1", older: false, newer: false, readUpTo: null, compact: false };
const show = (rows: Row[]) =>
  rows.map((row) => (row.kind === "message" ? `${row.id}${row.head ? "^" : ""}` : row.kind)).join(" ");

describe("rows of a timeline", () => {
  it("groups what one author says in a while", () => {
    const messages = [message(1, "1", at(0)), message(2, "1", at(3)), message(3, "2", at(4)), message(4, "2", at(30))];
    expect(show(rowsOf({ ...base, messages }, new Map()))).toBe("start day 1^ 2 3^ 4^");
  });

  it("divides days, and what is new", () => {
    const messages = [message(1, "2", at(0)), message(2, "2", at(1)), message(3, "2", at(2, 2))];
    expect(show(rowsOf({ ...base, messages, readUpTo: "1", older: true }, new Map()))).toBe("older day 1^ unread 2^ day 3^");
  });

  it("does not group replies and what the server says", () => {
    const messages = [message(1, "1", at(0)), message(2, "1", at(1), 19), message(3, "1", at(2), 7), message(4, "1", at(3))];
    expect(show(rowsOf({ ...base, messages }, new Map()))).toBe("start day 1^ 2^ 3^ 4^");
  });

  it("shows what is on its way, or did not arrive, behind what is not here too", () => {
    const messages = [message(1, "1", at(0))];
    const pending = [{ nonce: "9", at: Date.parse(at(1)), draft: { content: "x", files: [] } } as unknown as Pending];
    expect(show(rowsOf({ ...base, messages, pending }, new Map()))).toBe("start day 1^ pending");
    const rows = rowsOf({ ...base, messages, pending, newer: true }, new Map());
    expect(show(rows)).toBe("start day 1^ newer pending");
    expect(rows.at(-1)).toMatchObject({ head: true });
  });

  it("gives the same rows again", () => {
    const messages = [message(1, "1", at(0)), message(2, "1", at(3))];
    const first = rowsOf({ ...base, messages }, new Map());
    const second = rowsOf({ ...base, messages: [...messages, message(3, "1", at(4))] }, new Map(first.map((row) => [row.key, row])));
    expect(second.slice(0, first.length).every((row, index) => row === first[index])).toBe(true);
  });
});
