import { describe, expect, it } from "vitest";
import { dropStage, partOf, putStage, resetStages, stages } from "./store";

const stage = (channel: string, guild = "1") => ({
  id: `9${channel}`,
  guild_id: guild,
  channel_id: channel,
  topic: "Tides",
  guild_scheduled_event_id: null,
});

describe("stages", () => {
  it("know who speaks, who was asked to, who asks, and who listens", () => {
    const at = "2026-01-01T00:00:00Z";
    expect(partOf({ suppress: false, request_to_speak_timestamp: null })).toBe("speaker");
    expect(partOf({ suppress: false, request_to_speak_timestamp: at })).toBe("invited");
    expect(partOf({ suppress: true, request_to_speak_timestamp: at })).toBe("asking");
    expect(partOf({ suppress: true })).toBe("listener");
  });

  it("of one guild replace those that were known of it, and no others", () => {
    for (const one of [stage("5"), stage("6"), stage("7", "2")]) putStage(one);
    resetStages("1", [stage("8")]);
    expect(Object.keys(stages).sort()).toEqual(["7", "8"]);
    dropStage(stage("8"));
    expect(Object.keys(stages)).toEqual(["7"]);
  });
});
