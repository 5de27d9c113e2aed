/** The column of guilds. */
import Compass from "lucide-solid/icons/compass";
import Home from "lucide-solid/icons/message-circle";
import Plus from "lucide-solid/icons/plus";
import { createMemo, For, Show } from "solid-js";
import { navigate, place } from "~/app/router";
import { instance } from "~/app/session";
import { GroupPicture } from "~/channel/GroupPicture";
import { setDrawer } from "~/channel/panel";
import { channelName, firstChannel, privateChannels } from "~/channel/store";
import { lastIn } from "~/channel/last";
import { openDialog } from "~/dialog/store";
import { guildIcon } from "~/net/cdn";
import { guildBadge, isUnread, looksUnread, mentionsOf } from "~/read/store";
import { relationships } from "~/relationship/store";
import { Avatar, menuOn, Picture, Tooltip } from "~/ui";
import { account } from "~/user/store";
import { type Channel, ChannelKind, type Id, RelationshipKind } from "~/wire";
import { entriesOfGuild } from "./menu";
import { guildList, type KnownGuild } from "./store";
import "./rail.css";

/** Opens a guild where one was last; with `replace`, in the place of the address that named it alone. */
export function openGuild(id: Id, options: { replace?: boolean } = {}): void {
  const channel = lastIn(id) ?? firstChannel(id)?.id;
  navigate(channel ? `/channels/${id}/${channel}` : `/channels/${id}`, options);
}

export function Rail() {
  const requests = () => Object.values(relationships).filter((one) => one?.type === RelationshipKind.Incoming).length;
  const waiting = createMemo(() => privateChannels().filter((one) => mentionsOf(one.id) > 0 && isUnread(one)).slice(0, 6));
  const atHome = () => place().kind === "home";
  return (
    <nav class="rail" aria-label="Guilds">
      <Item
        label="Direct messages"
        active={atHome()}
        unread={false}
        mentions={requests()}
        onOpen={() => navigate("/channels/@me")}
      >
        <span class="rail-home">
          <Home size={24} />
        </span>
      </Item>
      <For each={waiting()}>{(channel) => <Waiting channel={channel} />}</For>
      <hr class="rail-line" />
      <For each={guildList()}>{(guild) => <GuildItem guild={guild} />}</For>
      <Item label="Add a guild" active={false} unread={false} mentions={0} onOpen={() => openDialog({ kind: "add-guild" })}>
        <span class="rail-add">
          <Plus size={22} />
        </span>
      </Item>
      <Show when={instance()?.discovery !== false}>
        <Item
          label="Find guilds"
          active={place().kind === "discover"}
          unread={false}
          mentions={0}
          onOpen={() => {
            setDrawer("none");
            navigate("/discover");
          }}
        >
          <span class="rail-add">
            <Compass size={22} />
          </span>
        </Item>
      </Show>
      <span class="visually-hidden">{account.me?.username}</span>
    </nav>
  );
}

function GuildItem(props: { guild: KnownGuild }) {
  const active = () => {
    const now = place();
    return now.kind === "guild" && now.guild === props.guild.id;
  };
  const badge = createMemo(() => guildBadge(props.guild.id));
  return (
    <div {...menuOn(() => entriesOfGuild(props.guild))}>
      <Item
        label={props.guild.name}
        active={active()}
        unread={badge().unread}
        mentions={badge().mentions}
        onOpen={() => openGuild(props.guild.id)}
      >
        <Picture src={guildIcon(props.guild)} name={props.guild.name} id={props.guild.id} size={44} />
      </Item>
    </div>
  );
}

/** A direct message that waits to be read. */
function Waiting(props: { channel: Channel }) {
  const user = () => (props.channel.type === ChannelKind.Dm ? props.channel.recipients?.[0] : undefined);
  return (
    <Item
      label={channelName(props.channel)}
      active={false}
      unread={looksUnread(props.channel)}
      mentions={mentionsOf(props.channel.id)}
      onOpen={() => navigate(`/channels/@me/${props.channel.id}`)}
    >
      <Show when={user()} fallback={<GroupPicture channel={props.channel} size={44} />}>
        {(known) => <Avatar user={known()} size={48} />}
      </Show>
    </Item>
  );
}

function Item(props: {
  label: string;
  active: boolean;
  unread: boolean;
  mentions: number;
  onOpen: () => void;
  children: unknown;
}) {
  const spoken = () =>
    [props.label, props.mentions > 0 && `${props.mentions} mentions`, props.unread && "unread"].filter(Boolean).join(", ");
  return (
    <Tooltip label={props.label} side="right">
      <button
        type="button"
        class="rail-item"
        classList={{ active: props.active, unread: props.unread }}
        aria-label={spoken()}
        aria-current={props.active ? "page" : undefined}
        onClick={() => props.onOpen()}
      >
        <span class="rail-pill" aria-hidden="true" />
        <span class="rail-face">{props.children as never}</span>
        <Show when={props.mentions > 0}>
          <span class="badge rail-badge">{props.mentions > 99 ? "99+" : props.mentions}</span>
        </Show>
      </button>
    </Tooltip>
  );
}
