/** The channels of a guild, under their categories. */
import CalendarDays from "lucide-solid/icons/calendar-days";
import ChevronDown from "lucide-solid/icons/chevron-down";
import Plus from "lucide-solid/icons/plus";
import Settings from "lucide-solid/icons/settings";
import UserPlus from "lucide-solid/icons/user-plus";
import { createMemo, createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { navigate, openChannel } from "~/app/router";
import { eventsOf } from "~/event/store";
import "~/event/event.css";
import { openDialog } from "~/dialog/store";
import { Permission } from "~/guild/permissions";
import { entriesOfGuild } from "~/guild/menu";
import { guilds } from "~/guild/store";
import { displayName } from "~/member/store";
import { listed } from "~/onboarding/store";
import { inVoice } from "~/presence/store";
import { looksUnread, mentionsOf } from "~/read/store";
import { stages } from "~/stage/store";
import { Avatar, Menu, menuOn } from "~/ui";
import { users } from "~/user/store";
import { type Channel, ChannelKind, EventStatus, type Id, isVoice } from "~/wire";
import { iconOf } from "./icon";
import { entriesOfChannel } from "./menu";
import { setDrawer } from "./panel";
import { can, canIn, channelName, isSilent, sectionsOf, threadsOf, type Section } from "./store";
import "./list.css";

const KEY = "guildhall.closed";
const [closed, setClosed] = createSignal<ReadonlySet<Id>>(load());

function load(): Set<Id> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
  } catch {
    return new Set();
  }
}

function toggle(id: Id): void {
  const next = new Set(closed());
  if (!next.delete(id)) next.add(id);
  setClosed(next);
  localStorage.setItem(KEY, JSON.stringify([...next]));
}

export function ChannelList(props: { guild: Id }) {
  const guild = () => guilds[props.guild];
  const sections = createMemo(() => sectionsOf(props.guild));
  // A category of which one follows no channel is not there for that person.
  const heads = (section: Section) => section.channels.length === 0 || section.channels.some(listed);
  const live = () => eventsOf(props.guild).some((event) => event.status === EventStatus.Active);
  return (
    <Show when={guild()}>
      {(known) => (
        <>
          <Menu
            class="guild-head"
            label={`${known().name}: menu`}
            trigger={
              <>
                <span class="truncate grow">{known().name}</span>
                <ChevronDown size={18} />
              </>
            }
            entries={entriesOfGuild(known())}
            placement="bottom"
          />
          <nav class="channels" aria-label={`Channels of ${known().name}`}>
            <button
              type="button"
              class="channel-events"
              onClick={() => openDialog({ kind: "events", guild: props.guild })}
            >
              <CalendarDays size={18} />
              <span class="grow">Events</span>
              <Show when={eventsOf(props.guild).length > 0}>
                <span class="chip" classList={{ "chip-good": live() }}>
                  {live() ? "Live" : eventsOf(props.guild).length}
                </span>
              </Show>
            </button>
            <For each={sections()}>
              {(section) => (
                <section>
                  <Show when={heads(section) && section.category}>{(category) => <Category category={category()} guild={props.guild} />}</Show>
                  <ul>
                    <For each={section.channels}>
                      {(channel) => (
                        <Item
                          channel={channel}
                          hidden={Boolean(section.category && closed().has(section.category.id))}
                        />
                      )}
                    </For>
                  </ul>
                </section>
              )}
            </For>
          </nav>
        </>
      )}
    </Show>
  );
}

function Category(props: { category: Channel; guild: Id }) {
  const shut = () => closed().has(props.category.id);
  return (
    <div class="category" {...menuOn(() => entriesOfChannel(props.category))}>
      <button type="button" class="category-name" aria-expanded={!shut()} onClick={() => toggle(props.category.id)}>
        <ChevronDown size={12} style={{ transform: shut() ? "rotate(-90deg)" : "none" }} />
        <span class="truncate">{channelName(props.category)}</span>
      </button>
      <Show when={canIn(props.guild, Permission.ManageChannels)}>
        <button
          type="button"
          class="channel-tool"
          aria-label={`Create a channel in ${channelName(props.category)}`}
          onClick={() =>
            openDialog({ kind: "create-channel", guild: props.guild, parent: props.category.id, type: ChannelKind.Text })
          }
        >
          <Plus size={16} />
        </button>
      </Show>
    </div>
  );
}

function Item(props: { channel: Channel; hidden: boolean }) {
  const channel = () => props.channel;
  const active = () => openChannel() === channel().id;
  const muted = () => isSilent(channel());
  const unread = () => !isVoice(channel()) && looksUnread(channel());
  const mentions = () => mentionsOf(channel().id);
  const shown = () =>
    listed(channel()) ? !props.hidden || active() || unread() || mentions() > 0 : active() || mentions() > 0;
  const open = (id: Id) => {
    setDrawer("none");
    navigate(`/channels/${channel().guild_id}/${id}`);
  };
  const voices = () => (isVoice(channel()) && channel().guild_id ? inVoice(channel().guild_id as Id, channel().id) : []);
  const threads = () => threadsOf(channel().id, true);
  return (
    <Show when={shown()}>
      <li>
        <div
          class="channel"
          classList={{ active: active(), unread: unread(), muted: muted() }}
          {...menuOn(() => entriesOfChannel(channel()))}
        >
          <a
            class="channel-link"
            href={`/channels/${channel().guild_id}/${channel().id}`}
            data-channel={channel().id}
            aria-current={active() ? "page" : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey) return;
              event.preventDefault();
              open(channel().id);
            }}
          >
            <Dynamic component={iconOf(channel())} size={18} />
            <span class="truncate grow">{channelName(channel())}</span>
            <Show when={stages[channel().id]}>
              <span class="chip chip-good channel-live">Live</span>
            </Show>
            <Show when={mentions() > 0}>
              <span class="badge" role="img" aria-label={`${mentions()} mentions`}>
                {mentions()}
              </span>
            </Show>
            <Show when={unread() && mentions() === 0}>
              <span class="visually-hidden">unread</span>
            </Show>
          </a>
          <Show when={can(channel(), Permission.CreateInvite)}>
            <button
              type="button"
              class="channel-tool"
              aria-label={`Invite people to ${channelName(channel())}`}
              onClick={() => openDialog({ kind: "invite", guild: channel().guild_id ?? "", channel: channel().id })}
            >
              <UserPlus size={15} />
            </button>
          </Show>
          <Show when={can(channel(), Permission.ManageChannels)}>
            <button
              type="button"
              class="channel-tool"
              aria-label={`Edit ${channelName(channel())}`}
              onClick={() => openDialog({ kind: "edit-channel", channel: channel().id })}
            >
              <Settings size={15} />
            </button>
          </Show>
        </div>
        <Show when={threads().length > 0}>
          <ul class="channel-threads">
            <For each={threads()}>
              {(thread) => (
                <li
                  class="channel"
                  classList={{ active: openChannel() === thread.id, unread: looksUnread(thread) }}
                  {...menuOn(() => entriesOfChannel(thread))}
                >
                  <button type="button" class="channel-link" onClick={() => open(thread.id)}>
                    <span class="truncate grow">{thread.name}</span>
                    <Show when={mentionsOf(thread.id) > 0}>
                      <span class="badge">{mentionsOf(thread.id)}</span>
                    </Show>
                  </button>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <Show when={voices().length > 0}>
          <ul class="voices">
            <For each={voices()}>
              {(state) => (
                <Show when={users[state.user_id]}>
                  {(user) => (
                    <li class="voice">
                      <Avatar user={user()} size={22} />
                      <span class="truncate">{displayName(channel().guild_id, user())}</span>
                    </li>
                  )}
                </Show>
              )}
            </For>
          </ul>
        </Show>
      </li>
    </Show>
  );
}
