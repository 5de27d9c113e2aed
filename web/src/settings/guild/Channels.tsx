/** Channels: what each is called and about, and who may do what in it. */
import Folder from "lucide-solid/icons/folder";
import Hash from "lucide-solid/icons/hash";
import Megaphone from "lucide-solid/icons/megaphone";
import MessagesSquare from "lucide-solid/icons/messages-square";
import Plus from "lucide-solid/icons/plus";
import Volume from "lucide-solid/icons/volume-2";
import Lock from "lucide-solid/icons/lock";
import GripVertical from "lucide-solid/icons/grip-vertical";
import { createMemo, createSignal, For, onCleanup, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { channels, putChannel } from "~/channel/store";
import { openDialog } from "~/dialog/store";
import { Permission } from "~/guild/permissions";
import { api } from "~/net/rest";
import { complain, type Icon, Menu, Empty } from "~/ui";
import { type Channel, ChannelKind, type Id, isVoice } from "~/wire";
import { leave } from "../guard";
import { Panes } from "../Panes";
import { createSort } from "../sort";
import { arrange, placesOf, type Row, stepFrom } from "./arrange";
import { stateOf } from "../permission/tristate";
import { ChannelEditor } from "./ChannelEditor";
import { channelsOf, guildId, may } from "./context";

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

/** Channels and categories as they stand below each other. */
function rowsOf(): Row[] {
  const all = channelsOf(...INSIDE);
  const row = (one: Channel): Row => ({ id: one.id, category: one.type === ChannelKind.Category, voice: isVoice(one) });
  const inside = (parent: Id | null) => {
    const found = all
      .filter((one) => (one.parent_id && channels[one.parent_id] ? one.parent_id : null) === parent)
      .map(row);
    return [...found.filter((one) => !one.voice), ...found.filter((one) => one.voice)];
  };
  return [...inside(null), ...channelsOf(ChannelKind.Category).flatMap((one) => [row(one), ...inside(one.id)])];
}

export function Channels() {
  const [chosen, setChosen] = createSignal<Id | null>(null);
  const [order, setOrder] = createSignal<Row[] | null>(null);
  const [said, setSaid] = createSignal("");
  const rows = createMemo(() => order()?.filter((row) => channels[row.id]) ?? rowsOf());
  const open = () => {
    const known = channels[chosen() ?? ""];
    return known?.guild_id === guildId() ? known : undefined;
  };
  const make = (type: number) => openDialog({ kind: "create-channel", guild: guildId(), parent: null, type });
  // Several steps are one call. What is shown stands at once, and goes back if the server refuses.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = async () => {
    const changed = placesOf(rows()).filter((place) => {
      const known = channels[place.id];
      return known && (known.position !== place.position || (known.parent_id ?? null) !== place.parent_id);
    });
    const before = changed.flatMap((place) => channels[place.id] ?? []).map((one) => ({ ...one }));
    for (const place of changed) {
      const known = channels[place.id];
      if (known) putChannel({ ...known, ...place });
    }
    setOrder(null);
    if (changed.length === 0) return;
    try {
      await api.patch(`/guilds/${guildId()}/channels`, changed);
    } catch (error) {
      for (const one of before) putChannel(one);
      complain(error);
    }
  };
  const sort = createSort({
    bounds: () => ({ first: 0, last: rows().length - 1 }),
    onMove: (from, to) => {
      const id = rows()[from]?.id ?? "";
      const next = arrange(rows(), from, to);
      setOrder(next);
      const at = next.findIndex((row) => row.id === id);
      setSaid(`${channels[id]?.name ?? ""}: ${at + 1} of ${next.length}`);
      return at;
    },
    step: (from, by) => stepFrom(rows(), from, by),
    onDrop: () => {
      clearTimeout(timer);
      timer = setTimeout(() => void save(), 600);
    },
  });
  onCleanup(() => {
    clearTimeout(timer);
    if (order()) void save();
  });
  return (
    <Panes
      open={open() !== undefined}
      onBack={() => setChosen(null)}
      back="All channels"
      list={
        <>
          <div class="panes-head">
            <span class="set-count grow">{rows().filter((row) => !row.category).length} channels</span>
            <Show when={may(Permission.ManageChannels)}>
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
            </Show>
          </div>
          <ul class="sel-list" data-sort-list aria-label="Channels">
            <For each={rows().map((row) => row.id)}>
              {(id, index) => (
                <Show when={channels[id]}>
                  {(channel) => (
                    <li
                      class="sel-row"
                      classList={{
                        "sel-category": channel().type === ChannelKind.Category,
                        dragged: sort.dragged() === index(),
                      }}
                      data-sort={index()}
                    >
                      <Show when={may(Permission.ManageChannels)}>
                        <button
                          type="button"
                          class="sel-handle grip"
                          aria-label={`Move ${channel().name}: arrow keys`}
                          onPointerDown={(event) => sort.begin(event, index())}
                          onKeyDown={(event) => sort.onKey(event, index())}
                        >
                          <GripVertical size={16} />
                        </button>
                      </Show>
                      <Entry channel={channel()} chosen={chosen() === id} onPick={setChosen} />
                    </li>
                  )}
                </Show>
              )}
            </For>
          </ul>
          <div class="visually-hidden" aria-live="assertive">
            {said()}
          </div>
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

function Entry(props: { channel: Channel; chosen: boolean; onPick: (id: Id) => void }) {
  return (
    <button
      type="button"
      class="sel"
      classList={{ "sel-indent": Boolean(props.channel.parent_id && channels[props.channel.parent_id]) }}
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
  );
}
