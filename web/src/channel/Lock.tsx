/** Locking a channel, for all or for those below a role. */
import { createSignal } from "solid-js";
import type { Asked } from "~/dialog/Dialogs";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Choice } from "~/ui";
import { barsIn } from "./bar";
import { channelName, channels } from "./store";

export default function LockChannel(props: Asked<"lock-channel">) {
  const channel = () => channels[props.asked.channel];
  const name = () => {
    const known = channel();
    return known ? channelName(known) : "the channel";
  };
  const [role, setRole] = createSignal("");
  const options = () => [
    { value: "", label: "Those who manage channels" },
    ...barsIn(channel()?.guild_id ?? "").map((one) => ({ value: one.id, label: `@${one.name} and above` })),
  ];
  const save = async () => {
    await own.patch(`/channels/${props.asked.channel}/state`, { locked: true, role_id: role() || null });
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={`Lock ${name()}?`}
      about="What was written stays. Others read on, and nothing comes by webhooks until it is unlocked."
      action="Lock the channel"
      fields={["role_id"]}
      onSubmit={save}
    >
      {(errors) => (
        <Choice
          label="Who writes on"
          value={role()}
          onChange={setRole}
          options={options()}
          note="In its threads too."
          error={errors().role_id}
        />
      )}
    </FormDialog>
  );
}
