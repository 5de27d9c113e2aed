import { expect, it } from "vitest";
import { begins, editing, keepEdit, keptEdit, setEditing } from "./edit";

it("keeps what was written of a message until it is saved, dropped, or another one is changed", () => {
  setEditing("5");
  expect([editing(), keptEdit(), begins()]).toEqual(["5", null, true]);
  keepEdit("half a sentence");
  // Its row went out of sight and came back.
  expect([keptEdit(), begins()]).toEqual(["half a sentence", false]);
  setEditing("5");
  expect([keptEdit(), begins()]).toEqual(["half a sentence", true]);
  setEditing("6");
  expect(keptEdit()).toBeNull();
  keepEdit("other");
  setEditing(null);
  expect([editing(), keptEdit(), begins()]).toEqual([null, null, false]);
});
