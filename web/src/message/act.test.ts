import { expect, it, vi } from "vitest";
import { MessageKind } from "~/wire";

vi.stubGlobal("location", { pathname: "/", href: "https://hall.example/", search: "", hash: "" });
const { isLasting } = await import("./act");

it("offers nobody to delete what the server keeps", () => {
  const kept = Object.values(MessageKind).filter((type) => isLasting({ type }));
  expect(kept).toEqual([1, 2, 3, 4, 5, 21]);
});
