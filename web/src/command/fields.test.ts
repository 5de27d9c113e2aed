import { describe, expect, it } from "vitest";
import { type Component, ComponentKind as Kind } from "~/wire";
import { answersOf, fieldsOf, firstOf, problemOf } from "./fields";

const label = (component: Component, text = "A field", description?: string): Component => ({
  type: Kind.Label,
  label: text,
  ...(description ? { description } : {}),
  component,
});
const options = (...values: string[]) => values.map((value) => ({ value, label: value }));

const form: Component[] = [
  { type: Kind.TextDisplay, content: "Say more" },
  { type: Kind.Row, components: [{ type: Kind.TextInput, custom_id: "why", label: "Why?", value: "so" }] },
  label({ type: Kind.RadioGroup, custom_id: "size", options: options("small", "large") }, "Size", "Of the bowl"),
  label({ type: Kind.CheckboxGroup, custom_id: "extras", min_values: 1, max_values: 2, options: options("salt", "oil") }),
  label({ type: Kind.Checkbox, custom_id: "away", default: true }),
  label({ type: Kind.FileUpload, custom_id: "first", max_values: 2 }),
  label({ type: Kind.FileUpload, custom_id: "second", required: false, min_values: 0 }),
  label({ type: Kind.UserSelect, custom_id: "who", max_values: 3, default_values: [{ id: "7", type: "user" }] }),
];

describe("a form of an application", () => {
  it("has its labels and what was chosen beforehand", () => {
    expect(fieldsOf(form).map((one) => one.label)).toEqual(["", "Why?", "Size", ...Array(5).fill("A field")]);
    expect(fieldsOf(form)[2]?.note).toBe("Of the bowl");
    expect(firstOf(form).texts).toEqual({ why: ["so"], size: [], extras: [], away: ["true"], first: [], second: [], who: ["7"] });
  });

  it("is sent with each kind in its own way, and files by their place", () => {
    const file = (name: string) => new File(["x"], name);
    const files = { first: [file("a"), file("b")], second: [file("c")] };
    const filled = { texts: { ...firstOf(form).texts, size: ["large"], extras: ["salt", "oil"] }, files };
    const sent = answersOf(form, filled);
    expect(sent.files.map((one) => one.name)).toEqual(["a", "b", "c"]);
    expect(sent.components).toEqual([
      { type: Kind.Row, components: [{ type: Kind.TextInput, custom_id: "why", value: "so" }] },
      { type: Kind.Label, component: { type: Kind.RadioGroup, custom_id: "size", value: "large" } },
      { type: Kind.Label, component: { type: Kind.CheckboxGroup, custom_id: "extras", values: ["salt", "oil"] } },
      { type: Kind.Label, component: { type: Kind.Checkbox, custom_id: "away", value: true } },
      { type: Kind.Label, component: { type: Kind.FileUpload, custom_id: "first", values: ["0", "1"] } },
      { type: Kind.Label, component: { type: Kind.FileUpload, custom_id: "second", values: ["2"] } },
      { type: Kind.Label, component: { type: Kind.UserSelect, custom_id: "who", values: ["7"] } },
    ]);
  });

  it("says what is missing", () => {
    const one = (component: Component, ...texts: string[]) => problemOf(component, { texts: { x: texts }, files: {} });
    const select: Component = { type: Kind.StringSelect, custom_id: "x", min_values: 2, max_values: 3 };
    expect(one(select, "a")).toBe("Choose at least 2.");
    expect(one(select, "a", "b")).toBe("");
    expect(one(select, "a", "b", "c", "d")).toBe("Choose at most 3.");
    expect(one({ ...select, required: false })).toBe("");
    expect(one({ ...select, required: false }, "a")).toBe("Choose at least 2.");
    expect(one({ type: Kind.RadioGroup, custom_id: "x" })).toBe("This is needed.");
    expect(one({ type: Kind.Checkbox, custom_id: "x" })).toBe("");
    expect(one({ type: Kind.FileUpload, custom_id: "x" })).toBe("Add a file.");
  });
});
