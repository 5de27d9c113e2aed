/** The line over a channel: its name, what it is about, and what can be opened beside it. */
import AtSign from "lucide-solid/icons/at-sign";
import Bell from "lucide-solid/icons/bell";
import BellOff from "lucide-solid/icons/bell-off";
import Menu_ from "lucide-solid/icons/menu";
import MessagesSquare from "lucide-solid/icons/messages-square";
import Pin from "lucide-solid/icons/pin";
import Search from "lucide-solid/icons/search";
import Users from "lucide-solid/icons/users";
import { createSignal, Match, Show, Switch } from "solid-js";
import { Dynamic } from "solid-js/web";
import { channelPath, navigate } from "~/app/router";
import { Inline, Markdown } from "~/markdown/View";
import { customStatus, statusOf } from "~/presence/store";
import { Avatar, attempt, Dialog, IconButton } from "~/ui";
import { changeNotifications, isMuted, users } from "~/user/store";
import { type Channel, ChannelKind, isForum, isThread } from "~/wire";
import { GroupPicture } from "./GroupPicture";
import { iconOf } from "./icon";
import { membersShown, openPanel, panel, setDrawer, setSearched, togglePanel } from "./panel";
import { channelName, channels } from "./store";

export function MenuButton() {
  return (
    <button type="button" class="icon-button header-back" aria-label="Show channels" onClick={() => setDrawer("channels")}>
      <Menu_ size={21} />
    </button>
  );
}

export function Header(props: { channel: Channel }) {
  const channel = () => props.channel;
  const [about, setAbout] = createSignal(false);
  const other = () => {
    const first = channel().type === ChannelKind.Dm ? channel().recipients?.[0] : undefined;
    return first ? (users[first.id] ?? first) : undefined;
  };
  const parent = () => (isThread(channel()) && channel().parent_id ? channels[channel().parent_id as string] : undefined);
  const muted = () => isMuted(channel().guild_id, channel().id);
  const topic = () => (isForum(channel()) ? undefined : other() ? customStatus(other()?.id ?? "")?.text : channel().topic);
  const search = (event: Event) => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).querySelector("input");
    if (!input?.value.trim()) return;
    setSearched(input.value.trim());
    openPanel("search");
  };
  return (
    <header class="header">
      <MenuButton />
      <div class="header-name">
        <Switch fallback={<Dynamic component={iconOf(channel())} size={20} />}>
          <Match when={other()}>{(user) => <Avatar user={user()} size={26} status={statusOf(user().id)} />}</Match>
          <Match when={channel().type === ChannelKind.GroupDm}>
            <GroupPicture channel={channel()} size={26} />
          </Match>
          <Match when={parent()}>
            {(above) => (
              <>
                <button type="button" class="link" onClick={() => navigate(channelPath(channel().guild_id, above().id))}>
                  {channelName(above())}
                </button>
                <span class="muted">›</span>
                <MessagesSquare size={18} />
              </>
            )}
          </Match>
        </Switch>
        <h1 class="truncate">{channelName(channel())}</h1>
      </div>
      <Show when={topic()}>
        {(text) => (
          <button type="button" class="header-topic truncate" onClick={() => setAbout(true)} aria-label="Show the topic">
            <Inline text={text()} guild={channel().guild_id} still />
          </button>
        )}
      </Show>
      <div class="header-tools">
        <Show when={channel().guild_id && !isThread(channel()) && !isForum(channel())}>
          <IconButton label="Threads" side="bottom" aria-pressed={panel() === "threads"} onClick={() => togglePanel("threads")}>
            <MessagesSquare size={19} />
          </IconButton>
        </Show>
        <IconButton label="Search" class="header-find" side="bottom" aria-pressed={panel() === "search"} onClick={() => togglePanel("search")}>
          <Search size={19} />
        </IconButton>
        <IconButton
          label={muted() ? "Unmute" : "Mute"}
          class="header-mute"
          side="bottom"
          onClick={() =>
            void attempt(
              changeNotifications(channel().guild_id ?? "@me", { channel_overrides: { [channel().id]: { muted: !muted() } } }),
            )
          }
        >
          {muted() ? <BellOff size={19} /> : <Bell size={19} />}
        </IconButton>
        <Show when={!isForum(channel())}>
          <IconButton label="Pinned messages" side="bottom" aria-pressed={panel() === "pins"} onClick={() => togglePanel("pins")}>
            <Pin size={19} />
          </IconButton>
        </Show>
        <Show when={channel().type !== ChannelKind.Dm && !isForum(channel())}>
          <IconButton label="Members" side="bottom" aria-pressed={membersShown()} onClick={() => togglePanel("members")}>
            <Users size={19} />
          </IconButton>
        </Show>
        <form class="header-search" role="search" onSubmit={search}>
          <Search size={15} />
          <input type="search" placeholder="Search" aria-label="Search messages" data-search />
        </form>
      </div>
      <Dialog open={about()} onClose={() => setAbout(false)} title={channelName(channel())}>
        <Markdown text={topic() ?? ""} guild={channel().guild_id} />
      </Dialog>
    </header>
  );
}

export function PlainHeader(props: { icon: "at"; title: string; children?: unknown }) {
  return (
    <header class="header">
      <MenuButton />
      <div class="header-name">
        <AtSign size={20} />
        <h1>{props.title}</h1>
      </div>
      {props.children as never}
    </header>
  );
}
