/** What a group of friends is called, and its picture. */
import { createSignal, Show } from "solid-js";
import { channelName, channels } from "~/channel/store";
import { GroupPicture } from "~/channel/GroupPicture";
import type { Asked } from "~/dialog/Dialogs";
import { groupIcon } from "~/net/cdn";
import { api } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { ImageField } from "~/settings/ImageField";
import { Field } from "~/ui";
import "~/settings/settings.css";

const MOST = 5 * 1024 * 1024;

export default function EditGroup(props: Asked<"edit-group">) {
  const channel = () => channels[props.asked.channel];
  const [name, setName] = createSignal(channel()?.name ?? "");
  /** Undefined where it stays as it is. */
  const [icon, setIcon] = createSignal<string | null>();
  const picture = () => {
    const known = channel()?.icon;
    const chosen = icon();
    return chosen === undefined ? (known ? groupIcon(props.asked.channel, known, 88) : null) : chosen;
  };
  const changed = () => ({
    ...(name().trim() === (channel()?.name ?? "") ? {} : { name: name().trim() || null }),
    ...(icon() === undefined ? {} : { icon: icon() }),
  });
  const save = async () => {
    await api.patch(`/channels/${props.asked.channel}`, changed());
  };
  // What a group without a name is called: who is in it.
  const people = () => {
    const known = channel();
    return known ? channelName({ ...known, name: null }) : "";
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title="Edit the group"
      about="Everybody in it sees what you change."
      action="Save"
      fields={["name", "icon"]}
      disabled={Object.keys(changed()).length === 0}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Field
            label="Name"
            value={name()}
            onChange={setName}
            placeholder={people()}
            maxLength={100}
            autofocus
            error={errors().name}
          />
          <ImageField
            label="Picture"
            shape="round"
            src={picture()}
            most={MOST}
            error={errors().icon}
            onChange={setIcon}
            fallback={<Show when={channel()}>{(known) => <GroupPicture channel={{ ...known(), icon: null }} size={88} />}</Show>}
          />
        </>
      )}
    </FormDialog>
  );
}
