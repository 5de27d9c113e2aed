import { describe, expect, it } from "vitest";
import { type Rule, Trigger } from "~/wire";
import { addable, bodyOf, draftOf, newDraft, problemsOf, wordsOf } from "./rule";

describe("rules as they are edited", () => {
  it("reads words by lines and commas, each once", () => {
    expect(wordsOf("cat, *dog*\ncat\n\n bird ")).toEqual(["cat", "*dog*", "bird"]);
  });

  it("keeps what it was given", () => {
    const rule = {
      name: "Lamps",
      enabled: true,
      trigger_metadata: { keyword_filter: ["oil"], regex_patterns: ["a{1,2}"], allow_list: [] },
      actions: [
        { type: 1, metadata: { custom_message: "No oil." } },
        { type: 2, metadata: { channel_id: "7" } },
        { type: 3, metadata: { duration_seconds: 60 } },
      ],
      exempt_roles: ["1"],
      exempt_channels: [],
    } satisfies Partial<Rule>;
    expect(bodyOf(Trigger.Keyword, draftOf(rule))).toEqual(rule);
  });

  it("sends only what belongs to its kind", () => {
    const profile = bodyOf(Trigger.Profile, { ...newDraft(Trigger.Profile), words: "x", timeout: 60 }) as Rule;
    expect(profile.actions).toEqual([{ type: 4 }]);
    const mentions = bodyOf(Trigger.Mentions, newDraft(Trigger.Mentions)) as Rule;
    expect(mentions.trigger_metadata).toEqual({ mention_total_limit: 20, mention_raid_protection_enabled: false });
  });

  it("says what is missing", () => {
    expect(Object.keys(problemsOf(Trigger.Keyword, newDraft(Trigger.Keyword)))).toEqual(["words"]);
    expect(problemsOf(Trigger.Spam, newDraft(Trigger.Spam))).toEqual({});
    expect(problemsOf(Trigger.Spam, { ...newDraft(Trigger.Spam), block: false, name: "" })).toMatchObject({
      name: expect.any(String),
      block: expect.any(String),
    });
  });

  it("offers kinds of which one more may be", () => {
    const names = addable([{ trigger_type: Trigger.Spam }, { trigger_type: Trigger.Keyword }]).map((kind) => kind.trigger);
    expect(names).toEqual([Trigger.Keyword, Trigger.Preset, Trigger.Mentions, Trigger.Profile]);
  });
});
