/** What goes on on stages, and who speaks there. */
import { createStore, produce } from "solid-js/store";
import type { Id, StageInstance, VoiceState } from "~/wire";

/** By channel: there is one at a time. */
const [stages, set] = createStore<Record<Id, StageInstance>>({});
export { stages };

export const putStage = (stage: StageInstance): void => set(stage.channel_id, stage);

export function dropStage(stage: Pick<StageInstance, "channel_id">): void {
  set(produce((draft) => void delete draft[stage.channel_id]));
}

export function resetStages(guild: Id, all: readonly StageInstance[]): void {
  set(
    produce((draft) => {
      for (const stage of Object.values(draft)) if (stage.guild_id === guild) delete draft[stage.channel_id];
      for (const stage of all) draft[stage.channel_id] = stage;
    }),
  );
}

export type Part = "speaker" | "invited" | "asking" | "listener";

/** What somebody is on a stage. Who was asked to speak may, but has not said yes yet. */
export function partOf(state: Pick<VoiceState, "suppress" | "request_to_speak_timestamp">): Part {
  const at = Boolean(state.request_to_speak_timestamp);
  if (state.suppress) return at ? "asking" : "listener";
  return at ? "invited" : "speaker";
}

