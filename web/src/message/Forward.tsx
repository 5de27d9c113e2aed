/** Handing a message on: to whom, and with which words. */
import { createSignal, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import { GroupPicture } from "~/channel/GroupPicture";
import { iconOf } from "~/channel/icon";
import type { Asked } from "~/dialog/Dialogs";
import { Markdown } from "~/markdown/View";
import { Avatar, Button, Dialog, Field, toast } from "~/ui";
import { Chooser } from "~/ui/Chooser";
import { type Channel, isPrivate } from "~/wire";
import { type Arrived, handOn, type Place, places } from "./forward";

/** To how many places at once. */
const MOST = 5;

function Face(props: { place: Place }) {
  return (
    <Show
      when={props.place.user}
      fallback={
        <Show
          when={isPrivate(props.place.channel as Channel)}
          fallback={<Dynamic component={iconOf(props.place.channel as Channel)} size={18} />}
        >
          <GroupPicture channel={props.place.channel as Channel} size={24} />
        </Show>
      }
    >
      {(user) => <Avatar user={user()} size={24} />}
    </Show>
  );
}

export default function Forward(props: Asked<"forward">) {
  const message = () => props.asked.message;
  const [chosen, setChosen] = createSignal<string[]>([]);
  const [note, setNote] = createSignal("");
  const arrived: Arrived = new Map();
  const options = () =>
    places().map((place) => ({ value: place.key, label: place.name, about: place.about, face: () => <Face place={place} /> }));
  const form = createForm(async () => {
    // Where it cannot go stays chosen, and the others do not get it twice.
    for (const key of chosen()) {
      await handOn(message(), key, note().trim(), arrived);
      setChosen((all) => all.filter((one) => one !== key));
    }
    toast("Forwarded.", "good");
    props.onClose();
  });
  return (
    <Dialog open onClose={props.onClose} title="Forward this message" about="A copy goes there: it stays when this one is changed or deleted.">
      <form class="stack" onSubmit={form.submit}>
        <Problem text={form.problem()} />
        <Chooser
          label="To"
          placeholder="A channel, a group or a person"
          note={`Up to ${MOST} at once.`}
          options={options()}
          value={chosen()}
          onChange={setChosen}
          most={MOST}
          required
        />
        <div class="forwarded forward-preview">
          <Show when={message().content} fallback={<span class="muted small">{message().attachments.length > 0 ? "A file" : "A message"}</span>}>
            <Markdown text={message().content} />
          </Show>
        </div>
        <Field label="A note, if you like" value={note()} onChange={setNote} maxLength={2000} multiline />
        <div class="row" style={{ "justify-content": "flex-end" }}>
          <Button look="ghost" onClick={() => props.onClose()}>
            Cancel
          </Button>
          <Button look="primary" type="submit" busy={form.busy()} disabled={chosen().length === 0}>
            Forward
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
