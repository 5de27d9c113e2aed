import { describe, expect, it } from "vitest";
import type { FormField, Prompt, PromptOption } from "~/wire";
import { asked, filled, given, mayGoOn, pick } from "./answers";

const option = (id: string, more: Partial<PromptOption> = {}): PromptOption => ({
  id,
  title: id,
  description: null,
  emoji: {},
  role_ids: [],
  channel_ids: [],
  ...more,
});
const prompt = (more: Partial<Prompt> = {}): Prompt => ({
  id: "1",
  title: "What do you like?",
  options: [option("a"), option("b")],
  single_select: false,
  required: false,
  in_onboarding: true,
  type: 0,
  ...more,
});

describe("answers", () => {
  it("takes several, and gives them back", () => {
    const both = pick(pick(new Set(), prompt(), "a"), prompt(), "b");
    expect([...both]).toEqual(["a", "b"]);
    expect([...pick(both, prompt(), "a")]).toEqual(["b"]);
  });

  it("takes one where one is asked for", () => {
    const one = prompt({ single_select: true });
    expect([...pick(pick(new Set(["z"]), one, "a"), one, "b")]).toEqual(["z", "b"]);
  });

  it("holds whoever has not answered what must be", () => {
    expect(mayGoOn(new Set(), prompt({ required: true }))).toBe(false);
    expect(mayGoOn(new Set(["b"]), prompt({ required: true }))).toBe(true);
    expect(mayGoOn(new Set(), prompt())).toBe(true);
  });

  it("asks newcomers only what is for them", () => {
    expect(asked({ prompts: [prompt({ in_onboarding: false }), prompt({ id: "2" })] }).map((one) => one.id)).toEqual(["2"]);
  });

  it("knows answers by what they gave", () => {
    const options = [option("a", { role_ids: ["r"] }), option("b", { role_ids: ["r", "s"] }), option("c", { channel_ids: ["k"] })];
    const prompts = [prompt({ options })];
    expect([...given({ prompts, default_channel_ids: [] }, ["r"], ["k"])]).toEqual(["a", "c"]);
  });
});

describe("fields of a form", () => {
  const field = (more: Partial<FormField>): FormField => ({ field_type: "TERMS", label: "", required: true, ...more });

  it.each([
    [field({}), false],
    [field({ response: true }), true],
    [field({ required: false }), true],
    [field({ field_type: "TEXT_INPUT", response: " " }), false],
    [field({ field_type: "PARAGRAPH", response: "Because" }), true],
    [field({ field_type: "MULTIPLE_CHOICE" }), false],
    [field({ field_type: "MULTIPLE_CHOICE", response: 0 }), true],
  ])("%j is answered: %s", (one, answered) => {
    expect(filled(one)).toBe(answered);
  });
});
