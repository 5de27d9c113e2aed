/** Changing a channel: what it is called and about, and who may do what in it. */
import { createSignal, Match, Show, Switch as Choose } from "solid-js";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import type { Asked } from "~/dialog/Dialogs";
import { Permission } from "~/guild/permissions";
import { api } from "~/net/rest";
import { Button, Choice, Dialog, Field, Switch } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { type Channel, ChannelKind, isText } from "~/wire";
import { tidyName } from "./Create";
import { Overwrites } from "./Overwrites";
import { can, channelName, channels } from "./store";

const WAITS = [0, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600].map((seconds) => ({
  value: String(seconds),
  label: seconds === 0 ? "Off" : seconds < 60 ? `${seconds} seconds` : seconds < 3600 ? `${seconds / 60} minutes` : `${seconds / 3600} hours`,
}));

export default function EditChannel(props: Asked<"edit-channel">) {
  const channel = () => channels[props.asked.channel];
  const [page, setPage] = createSignal<"about" | "permissions">("about");
  const mayGrant = () => {
    const known = channel();
    return known !== undefined && can(known, Permission.ManageRoles);
  };
  return (
    <Show when={channel()}>
      {(known) => (
        <Dialog open onClose={props.onClose} title={`Edit ${channelName(known())}`} width={560}>
          <Show when={mayGrant()}>
            <Tabs
              label="What to edit"
              value={page()}
              onChange={setPage}
              options={[
                { value: "about", label: "Overview" },
                { value: "permissions", label: "Permissions" },
              ]}
            />
          </Show>
          <Choose>
            <Match when={page() === "about"}>
              <About channel={known()} onDone={props.onClose} />
            </Match>
            <Match when={page() === "permissions"}>
              <Overwrites channel={known()} />
            </Match>
          </Choose>
        </Dialog>
      )}
    </Show>
  );
}

function About(props: { channel: Channel; onDone: () => void }) {
  const text = isText(props.channel);
  const category = props.channel.type === ChannelKind.Category;
  const [name, setName] = createSignal(props.channel.name ?? "");
  const [topic, setTopic] = createSignal(props.channel.topic ?? "");
  const [wait, setWait] = createSignal(String(props.channel.rate_limit_per_user ?? 0));
  const [parent, setParent] = createSignal(props.channel.parent_id ?? "");
  const [adult, setAdult] = createSignal(props.channel.nsfw ?? false);
  const categories = () => [
    { value: "", label: "None" },
    ...Object.values(channels)
      .filter((one) => one?.guild_id === props.channel.guild_id && one.type === ChannelKind.Category)
      .map((one) => ({ value: one.id, label: channelName(one) })),
  ];
  const form = createForm(async () => {
    await api.patch(`/channels/${props.channel.id}`, {
      name: name().trim(),
      ...(category ? {} : { parent_id: parent() || null }),
      ...(text ? { topic: topic().trim(), rate_limit_per_user: Number(wait()), nsfw: adult() } : {}),
    });
    props.onDone();
  }, ["name", "topic"]);
  return (
    <form class="stack" onSubmit={form.submit}>
      <Problem text={form.problem()} />
      <Field
        label="Name"
        value={name()}
        onChange={(value) => setName(text ? tidyName(value) : value)}
        maxLength={100}
        required
        error={form.errors().name}
      />
      <Show when={text}>
        <Field
          label="Topic"
          multiline
          value={topic()}
          onChange={setTopic}
          maxLength={1024}
          placeholder="What is this channel about?"
          error={form.errors().topic}
        />
      </Show>
      <Show when={!category}>
        <div class="row fields">
          <Choice label="Category" value={parent()} onChange={setParent} options={categories()} />
          <Show when={text}>
            <Choice label="Slow mode" value={wait()} onChange={setWait} options={WAITS} />
          </Show>
        </div>
      </Show>
      <Show when={text}>
        <Switch label="Adults only" note="People confirm their age before they see it." checked={adult()} onChange={setAdult} />
      </Show>
      <div class="row" style={{ "justify-content": "flex-end" }}>
        <Button look="ghost" onClick={() => props.onDone()}>
          Cancel
        </Button>
        <Button look="primary" type="submit" busy={form.busy()} disabled={!name().trim()}>
          Save
        </Button>
      </div>
    </form>
  );
}
