/** What a stage is about: before it begins, and while it goes on. */
import { createSignal, Show } from "solid-js";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { api } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Field, Switch } from "~/ui";
import type { Channel, StageInstance } from "~/wire";
import { putStage } from "./store";

export function StageDialog(props: { channel: Channel; stage: StageInstance | undefined; onClose: () => void }) {
  const known = props.stage;
  const [topic, setTopic] = createSignal(known?.topic ?? "");
  const [loud, setLoud] = createSignal(false);
  const save = async () => {
    const body = { topic: topic().trim() };
    putStage(
      known
        ? await api.patch<StageInstance>(`/stage-instances/${props.channel.id}`, body)
        : await api.post<StageInstance>("/stage-instances", {
            ...body,
            channel_id: props.channel.id,
            privacy_level: 2,
            send_start_notification: loud(),
          }),
    );
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={known ? "Change the topic" : "Begin on the stage"}
      action={known ? "Save" : "Begin"}
      disabled={!topic().trim()}
      fields={["topic"]}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Field
            label="Topic"
            value={topic()}
            onChange={setTopic}
            maxLength={120}
            placeholder="What is it about?"
            required
            autofocus
            error={errors().topic}
          />
          <Show when={!known && can(props.channel, Permission.MentionEveryone)}>
            <Switch label="Tell everybody" note="Members are notified that it begins." checked={loud()} onChange={setLoud} />
          </Show>
        </>
      )}
    </FormDialog>
  );
}
