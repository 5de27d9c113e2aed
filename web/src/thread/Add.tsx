/** Bringing people into a thread. */
import { createSignal } from "solid-js";
import { channelName, channels } from "~/channel/store";
import { people } from "~/command/choices";
import type { Asked } from "~/dialog/Dialogs";
import { sees } from "~/member/sees";
import { seekMembers } from "~/member/seek";
import { FormDialog } from "~/settings/FormDialog";
import { toast } from "~/ui";
import { Chooser } from "~/ui/Chooser";
import { myId } from "~/user/store";
import { addToThread, membersIn } from "./members";

const MOST = 10;

export default function AddToThread(props: Asked<"add-to-thread">) {
  const [chosen, setChosen] = createSignal<string[]>([]);
  const thread = () => channels[props.asked.thread];
  const options = () => {
    const known = thread();
    const there = membersIn(props.asked.thread) ?? [];
    if (!known) return [];
    return people(known).filter((one) => one.value !== myId() && !there.includes(one.value) && sees(known, one.value));
  };
  const save = async () => {
    for (const user of chosen()) await addToThread(props.asked.thread, user);
    toast(chosen().length === 1 ? "Added." : `Added ${chosen().length} people.`, "good");
  };
  const known = thread();
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title="Add people"
      about={known ? `They are told of ${channelName(known)}, and find it in their list.` : undefined}
      action="Add"
      fields={[]}
      disabled={chosen().length === 0}
      onSubmit={save}
    >
      {() => (
        <Chooser
          label="Who"
          placeholder="Find somebody"
          options={options()}
          value={chosen()}
          most={MOST}
          onChange={setChosen}
          onQuery={(query) => seekMembers(thread()?.guild_id, query)}
        />
      )}
    </FormDialog>
  );
}
