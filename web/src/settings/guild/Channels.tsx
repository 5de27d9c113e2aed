/** Channels: what each is called and about, and who may do what in it. */
import Folder from "lucide-solid/icons/folder";
import Hash from "lucide-solid/icons/hash";
import Megaphone from "lucide-solid/icons/megaphone";
import MessagesSquare from "lucide-solid/icons/messages-square";
import Plus from "lucide-solid/icons/plus";
import Volume from "lucide-solid/icons/volume-2";
import Lock from "lucide-solid/icons/lock";
import { createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { channels } from "~/channel/store";
import { openDialog } from "~/dialog/store";
import { type Icon, Menu, Empty } from "~/ui";
import { type Channel, ChannelKind, type Id } from "~/wire";
import { leave } from "../guard";
import { Panes } from "../Panes";
import { stateOf } from "../permission/tristate";
import { ChannelEditor } from "./ChannelEditor";
import { channelsOf, guildId } from "./context";

const ICONS: Record<number, Icon> = {
  [ChannelKind.Text]: Hash,
  [ChannelKind.Announcement]: Megaphone,
  [ChannelKind.Voice]: Volume,
  [ChannelKind.Stage]: Volume,
  [ChannelKind.Category]: Folder,
  [ChannelKind.Forum]: MessagesSquare,
};

export const channelIcon = (channel: Channel): Icon => ICONS[channel.type] ?? Hash;

/** Whether everybody else does not see it. */
export const isHidden = (channel: Channel): boolean => {
  const everyone = channel.permission_overwrites?.find((one) => one.id === channel.guild_id);
  return everyone !== undefined && stateOf(everyone, 10) === "deny";
};

const INSIDE = [
  ChannelKind.Text,
  ChannelKind.Announcement,
  ChannelKind.Voice,
  ChannelKind.Stage,
  ChannelKind.Forum,
  ChannelKind.Media,
];

export function Channels() {
  const [chosen, setChosen] = createSignal<Id | null>(null);
  const all = () => channelsOf(...INSIDE);
  const categories = () => channelsOf(ChannelKind.Category);
  const loose = () => all().filter((one) => !one.parent_id || !channels[one.parent_id]);
  const inside = (parent: Id) => all().filter((one) => one.parent_id === parent);
  const open = () => {
    const known = channels[chosen() ?? ""];
    return known?.guild_id === guildId() ? known : undefined;
  };
  const make = (type: number) => openDialog({ kind: "create-channel", guild: guildId(), parent: null, type });
  return (
    <Panes
      open={open() !== undefined}
      onBack={() => setChosen(null)}
      back="All channels"
      list={
        <>
          <div class="panes-head">
            <span class="set-count grow">{all().length} channels</span>
            <Menu
              label="Create"
              class="button button-primary button-small"
              placement="bottom-end"
              trigger={
                <>
                  <Plus size={16} /> New
                </>
              }
              entries={[
                { label: "Text channel", icon: Hash, act: () => make(ChannelKind.Text) },
                { label: "Voice channel", icon: Volume, act: () => make(ChannelKind.Voice) },
                { label: "Category", icon: Folder, act: () => make(ChannelKind.Category) },
              ]}
            />
          </div>
          <ul class="sel-list" aria-label="Channels">
            <For each={loose()}>{(one) => <Row channel={one} chosen={chosen() === one.id} onPick={setChosen} />}</For>
            <For each={categories()}>
              {(category) => (
                <>
                  <Row channel={category} chosen={chosen() === category.id} onPick={setChosen} category />
                  <For each={inside(category.id)}>
                    {(one) => <Row channel={one} chosen={chosen() === one.id} onPick={setChosen} indent />}
                  </For>
                </>
              )}
            </For>
          </ul>
        </>
      }
    >
      <Show
        when={open()?.id}
        keyed
        fallback={
          <Empty icon={Hash} title="Choose a channel">
            <p>Or a category: its channels can follow what it says.</p>
          </Empty>
        }
      >
        {(id) => <ChannelEditor id={id} onGone={() => setChosen(null)} />}
      </Show>
    </Panes>
  );
}

function Row(props: {
  channel: Channel;
  chosen: boolean;
  onPick: (id: Id) => void;
  category?: boolean;
  indent?: boolean;
}) {
  return (
    <li class="sel-row" classList={{ "sel-indent": props.indent ?? false, "sel-category": props.category ?? false }}>
      <button
        type="button"
        class="sel"
        aria-current={props.chosen ? "true" : undefined}
        onClick={() => leave(() => props.onPick(props.channel.id))}
      >
        <Dynamic component={channelIcon(props.channel)} size={16} />
        <span class="grow truncate">{props.channel.name}</span>
        <Show when={isHidden(props.channel)}>
          <span class="sel-count" title="Private">
            <Lock size={13} />
            <span class="visually-hidden">private</span>
          </span>
        </Show>
      </button>
    </li>
  );
}
