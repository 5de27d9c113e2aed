/** A new channel or category. */
import Hash from "lucide-solid/icons/hash";
import Lock from "lucide-solid/icons/lock";
import Megaphone from "lucide-solid/icons/megaphone";
import MessagesSquare from "lucide-solid/icons/messages-square";
import MicVocal from "lucide-solid/icons/mic-vocal";
import Volume from "lucide-solid/icons/volume-2";
import { createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { channelPath, navigate } from "~/app/router";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import type { Asked } from "~/dialog/Dialogs";
import { Permission } from "~/guild/permissions";
import { api } from "~/net/rest";
import { Button, Dialog, Field, Switch } from "~/ui";
import { myId } from "~/user/store";
import { type Channel, ChannelKind } from "~/wire";
import { channelName, channels, putChannel } from "./store";

const KINDS = [
  { type: ChannelKind.Text, icon: Hash, name: "Text", about: "Messages, pictures, files and threads" },
  { type: ChannelKind.Voice, icon: Volume, name: "Voice", about: "A place to talk" },
  { type: ChannelKind.Stage, icon: MicVocal, name: "Stage", about: "A few speak, the others listen" },
  { type: ChannelKind.Forum, icon: MessagesSquare, name: "Forum", about: "Posts with titles and tags, each a talk of its own" },
  { type: ChannelKind.Announcement, icon: Megaphone, name: "Announcements", about: "News that everybody should see" },
];

/** Names of text channels have no spaces and no capitals. */
export const tidyName = (name: string): string => name.toLowerCase().replace(/\s+/g, "-");

export default function CreateChannel(props: Asked<"create-channel">) {
  const category = () => props.asked.type === ChannelKind.Category;
  const parent = () => channels[props.asked.parent ?? ""];
  const [kind, setKind] = createSignal(props.asked.type);
  const [name, setName] = createSignal("");
  const [closed, setClosed] = createSignal(false);
  const written = () => (category() || kind() === ChannelKind.Voice || kind() === ChannelKind.Stage ? name() : tidyName(name()));
  const form = createForm(async () => {
    const made = await api.post<Channel>(`/guilds/${props.asked.guild}/channels`, {
      name: written().trim(),
      type: category() ? ChannelKind.Category : kind(),
      ...(props.asked.parent ? { parent_id: props.asked.parent } : {}),
      ...(closed()
        ? {
            permission_overwrites: [
              { id: props.asked.guild, type: 0, allow: "0", deny: String(Permission.ViewChannel) },
              { id: myId(), type: 1, allow: String(Permission.ViewChannel), deny: "0" },
            ],
          }
        : {}),
    });
    putChannel({ ...made, guild_id: props.asked.guild });
    props.onClose();
    if (!category() && made.type !== ChannelKind.Voice) navigate(channelPath(props.asked.guild, made.id));
  }, ["name"]);
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={category() ? "Create a category" : "Create a channel"}
      about={
        <Show when={parent()} fallback={category() ? "Categories keep channels together." : undefined}>
          {(above) => <>in {channelName(above())}</>}
        </Show>
      }
    >
      <form class="stack" onSubmit={form.submit}>
        <Problem text={form.problem()} />
        <Show when={!category()}>
          <div class="kinds" role="radiogroup" aria-label="Kind of channel">
            <For each={KINDS}>
              {(one) => (
                <label class="kind">
                  <input
                    type="radio"
                    name="kind"
                    class="visually-hidden"
                    checked={kind() === one.type}
                    onChange={() => setKind(one.type)}
                  />
                  <Dynamic component={one.icon} size={20} />
                  <span class="grow">
                    <strong>{one.name}</strong>
                    <span class="field-note">{one.about}</span>
                  </span>
                </label>
              )}
            </For>
          </div>
        </Show>
        <Field
          label="Name"
          value={written()}
          onChange={setName}
          maxLength={100}
          placeholder={category() ? "New category" : "new-channel"}
          required
          autofocus
          error={form.errors().name}
        />
        <Switch
          label="Private"
          note={
            <>
              <Lock size={12} /> Only you, and those whom you let in, see it.
            </>
          }
          checked={closed()}
          onChange={setClosed}
        />
        <Button look="primary" wide type="submit" busy={form.busy()} disabled={!written().trim()}>
          Create
        </Button>
      </form>
    </Dialog>
  );
}
