/** At home: friends, and the conversations one has. */
import Plus from "lucide-solid/icons/plus";
import Users from "lucide-solid/icons/users";
import { createMemo, For, Show } from "solid-js";
import { follow, navigate, openChannel, place } from "~/app/router";
import { entriesOfChannel } from "~/channel/menu";
import { GroupPicture } from "~/channel/GroupPicture";
import { setDrawer } from "~/channel/panel";
import { channelName, channels, privateChannels, typersIn } from "~/channel/store";
import { openDialog } from "~/dialog/store";
import { customStatus, statusOf } from "~/presence/store";
import { looksUnread, mentionsOf } from "~/read/store";
import { relationships } from "~/relationship/store";
import { Avatar, IconButton, menuOn } from "~/ui";
import { users } from "~/user/store";
import { type Channel, ChannelKind, type Id, RelationshipKind } from "~/wire";
import "./home.css";

export function PrivateList() {
  const ids = createMemo(() => privateChannels().map((one) => one.id), undefined, {
    equals: (a, b) => a.length === b.length && a.every((id, index) => id === b[index]),
  });
  const requests = () => Object.values(relationships).filter((one) => one?.type === RelationshipKind.Incoming).length;
  const atFriends = () => place().kind === "home" && !openChannel();
  return (
    <>
      <div class="home-head">
        <button type="button" class="home-find" onClick={() => openDialog({ kind: "switcher" })}>
          <span class="grow">Find a conversation</span>
          <kbd>Ctrl K</kbd>
        </button>
      </div>
      <nav class="home-list" aria-label="Direct messages">
        <a
          class="direct"
          classList={{ active: atFriends() }}
          href="/channels/@me"
          aria-current={atFriends() ? "page" : undefined}
          onClick={(event) => {
            setDrawer("none");
            follow(event);
          }}
        >
          <span class="direct-icon">
            <Users size={20} />
          </span>
          <span class="grow">Friends</span>
          <Show when={requests() > 0}>
            <span class="badge" role="img" aria-label={`${requests()} requests`}>
              {requests()}
            </span>
          </Show>
        </a>
        <div class="home-title">
          <h2>Direct messages</h2>
          <IconButton label="New message" class="home-new" onClick={() => openDialog({ kind: "new-group" })}>
            <Plus size={16} />
          </IconButton>
        </div>
        <For each={ids()} fallback={<p class="home-none">Nobody yet. Write to a friend, or to somebody from a guild.</p>}>
          {(id) => <Show when={channels[id]}>{(channel) => <Item channel={channel()} />}</Show>}
        </For>
      </nav>
    </>
  );
}

/** A second line: what somebody is up to. */
function subOf(channel: Channel, other: Id | undefined): string {
  if (typersIn(channel.id).length > 0) return "typing…";
  if (channel.type === ChannelKind.GroupDm) return `${(channel.recipients?.length ?? 0) + 1} members`;
  const custom = other ? customStatus(other) : null;
  return custom ? `${custom.emoji?.id ? "" : (custom.emoji?.name ?? "")} ${custom.text}`.trim() : "";
}

function Item(props: { channel: Channel }) {
  const channel = () => props.channel;
  const active = () => openChannel() === channel().id;
  const unread = () => looksUnread(channel());
  const mentions = () => mentionsOf(channel().id);
  const other = () => {
    const first = channel().type === ChannelKind.Dm ? channel().recipients?.[0] : undefined;
    return first ? (users[first.id] ?? first) : undefined;
  };
  const sub = () => subOf(channel(), other()?.id);
  return (
    <a
      class="direct"
      classList={{ active: active(), unread: unread() }}
      href={`/channels/@me/${channel().id}`}
      aria-current={active() ? "page" : undefined}
      data-channel={channel().id}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        setDrawer("none");
        navigate(`/channels/@me/${channel().id}`);
      }}
      {...menuOn(() => entriesOfChannel(channel()))}
    >
      <Show
        when={other()}
        fallback={<GroupPicture channel={channel()} size={34} />}
      >
        {(user) => <Avatar user={user()} size={34} status={statusOf(user().id)} />}
      </Show>
      <span class="grow">
        <span class="truncate direct-name">{channelName(channel())}</span>
        <Show when={sub()}>
          <span class="direct-sub truncate">{sub()}</span>
        </Show>
      </span>
      <Show when={mentions() > 0}>
        <span class="badge" role="img" aria-label={`${mentions()} unread`}>
          {mentions()}
        </span>
      </Show>
      <Show when={unread() && mentions() === 0}>
        <span class="visually-hidden">unread</span>
      </Show>
    </a>
  );
}
