import { describe, expect, it } from "vitest";
import { bodyOf, newOption, newPrompt, problemOf, shortfall } from "./onboarding";

const whole = () => ({ ...newPrompt(), title: "Why?", options: [{ ...newOption(), title: "So", role_ids: ["5"] }] });

describe("onboarding as it is edited", () => {
  it("says what is missing", () => {
    expect(problemOf(whole())).toBeNull();
    expect(problemOf({ ...whole(), title: " " })).toMatch(/text/);
    expect(problemOf({ ...whole(), options: [] })).toMatch(/answer/);
    expect(problemOf({ ...whole(), options: [{ ...newOption(), title: "So" }] })).toMatch(/role or a channel/);
    expect(problemOf({ ...whole(), options: [{ ...newOption(), role_ids: ["5"] }] })).toMatch(/answer needs/);
  });

  it("sends emoji as they are asked for", () => {
    const prompt = whole();
    const option = { ...prompt.options[0], emoji: { id: null, name: "🐦" } } as ReturnType<typeof newOption>;
    const body = bodyOf({ prompts: [{ ...prompt, options: [option] }], default_channel_ids: [], enabled: true, mode: 0 });
    expect(body).toMatchObject({ prompts: [{ options: [{ emoji_name: "🐦", emoji_id: null, description: null }] }] });
  });

  it("counts what it takes", () => {
    const channels = ["1", "2", "3", "4", "5", "6"];
    const prompts = [{ ...whole(), options: [{ ...newOption(), channel_ids: ["7", "1"] }] }];
    const open = (id: string) => id !== "7" && id !== "6";
    expect(shortfall({ prompts, default_channel_ids: channels, mode: 0 }, open)).toEqual({ channels: 1, writable: 0 });
    expect(shortfall({ prompts, default_channel_ids: channels, mode: 1 }, open)).toEqual({ channels: 0, writable: 0 });
    expect(shortfall({ prompts, default_channel_ids: ["1"], mode: 0 }, open)).toEqual({ channels: 6, writable: 4 });
  });
});
