/** What a thread is called, when it archives itself, and how slowly one writes there. */
import { createSignal, Show } from "solid-js";
import { channels, putChannel } from "~/channel/store";
import type { Asked } from "~/dialog/Dialogs";
import { forumOf } from "~/forum/store";
import { api } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Choice, Field, Switch } from "~/ui";
import { type Channel, ChannelKind } from "~/wire";
import { rightsOf } from "./members";

const ARCHIVES = [
  { value: "60", label: "After an hour" },
  { value: "1440", label: "After a day" },
  { value: "4320", label: "After three days" },
  { value: "10080", label: "After a week" },
];

const SLOW = [
  [0, "Off"],
  [5, "5 seconds"],
  [10, "10 seconds"],
  [15, "15 seconds"],
  [30, "30 seconds"],
  [60, "1 minute"],
  [120, "2 minutes"],
  [300, "5 minutes"],
  [600, "10 minutes"],
  [900, "15 minutes"],
  [1800, "30 minutes"],
  [3600, "1 hour"],
  [7200, "2 hours"],
  [21600, "6 hours"],
] as const;

export default function EditThread(props: Asked<"edit-thread">) {
  const thread = () => channels[props.asked.thread];
  const before = thread();
  const noun = before && forumOf(before) ? "post" : "thread";
  const [name, setName] = createSignal(before?.name ?? "");
  const [archive, setArchive] = createSignal(String(before?.thread_metadata?.auto_archive_duration ?? 4320));
  const [slow, setSlow] = createSignal(String(before?.rate_limit_per_user ?? 0));
  const [invitable, setInvitable] = createSignal(before?.thread_metadata?.invitable !== false);
  const moderates = () => {
    const known = thread();
    return known !== undefined && rightsOf(known).moderate;
  };
  const changed = (): Record<string, unknown> => ({
    ...(name().trim() === before?.name ? {} : { name: name().trim() }),
    ...(archive() === String(before?.thread_metadata?.auto_archive_duration) ? {} : { auto_archive_duration: Number(archive()) }),
    ...(slow() === String(before?.rate_limit_per_user ?? 0) ? {} : { rate_limit_per_user: Number(slow()) }),
    ...(invitable() === (before?.thread_metadata?.invitable !== false) ? {} : { invitable: invitable() }),
  });
  const slows = () => {
    const known = SLOW.map(([seconds, label]) => ({ value: String(seconds), label }));
    // One that a bot chose is none of these.
    return known.some((one) => one.value === slow()) ? known : [...known, { value: slow(), label: `${slow()} seconds` }];
  };
  const save = async () => putChannel(await api.patch<Channel>(`/channels/${props.asked.thread}`, changed()));
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={`Edit the ${noun}`}
      action="Save"
      fields={["name", "auto_archive_duration", "rate_limit_per_user"]}
      disabled={!name().trim() || Object.keys(changed()).length === 0}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Field label="Name" value={name()} onChange={setName} maxLength={100} required autofocus error={errors().name} />
          <Choice
            label="Archives itself"
            note="When nobody has written for so long. Whoever writes opens it again."
            value={archive()}
            onChange={setArchive}
            options={ARCHIVES}
            error={errors().auto_archive_duration}
          />
          <Show when={moderates()}>
            <Choice
              label="Slow mode"
              note="How long one waits between two messages."
              value={slow()}
              onChange={setSlow}
              options={slows()}
              error={errors().rate_limit_per_user}
            />
          </Show>
          <Show when={before?.type === ChannelKind.PrivateThread}>
            <Switch
              label="Everybody in it brings in others"
              note="If not, only who started it and moderators do."
              checked={invitable()}
              onChange={setInvitable}
            />
          </Show>
        </>
      )}
    </FormDialog>
  );
}
