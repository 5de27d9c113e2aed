/** Going anywhere by typing its name. */
import Hash from "lucide-solid/icons/hash";
import Search from "lucide-solid/icons/search";
import { Dialog as Kobalte } from "@kobalte/core/dialog";
import { createMemo, createSignal, createUniqueId, For, Match, Show, Switch } from "solid-js";
import { Dynamic } from "solid-js/web";
import { GroupPicture } from "~/channel/GroupPicture";
import { iconOf } from "~/channel/icon";
import { can, channelName, channels } from "~/channel/store";
import type { Asked } from "~/dialog/Dialogs";
import { Permission } from "~/guild/permissions";
import { openGuild } from "~/guild/Rail";
import { guildList, guilds } from "~/guild/store";
import { openDirect } from "~/member/menu";
import { compareIds, timeOf } from "~/net/snowflake";
import { guildIcon } from "~/net/cdn";
import { looksUnread, mentionsOf } from "~/read/store";
import { relationships } from "~/relationship/store";
import { Avatar, Picture } from "~/ui";
import { heldFocus } from "~/ui/focus";
import { nameOf, users } from "~/user/store";
import { type Channel, ChannelKind, isPrivate, isThread, isVoice, RelationshipKind, type User } from "~/wire";
import { channelPath, navigate } from "./router";
import { score } from "./score";

interface Found {
  key: string;
  name: string;
  place: string;
  channel?: Channel;
  user?: User;
  guild?: string;
  /** What is preferred where names match alike. */
  weight: number;
  go: () => void;
}

const MOST = 12;

function everything(): Found[] {
  const found: Found[] = [];
  const friends = new Set<string>();
  for (const channel of Object.values(channels)) {
    if (!channel || channel.type === ChannelKind.Category || isVoice(channel) || channel.archived) continue;
    if (channel.guild_id && !can(channel, Permission.ViewChannel)) continue;
    if (isThread(channel) && !channel.member) continue;
    const other = channel.type === ChannelKind.Dm ? channel.recipients?.[0] : undefined;
    if (other) friends.add(other.id);
    const last = timeOf(channel.last_message_id ?? channel.id);
    found.push({
      key: channel.id,
      name: channelName(channel),
      place: channel.guild_id ? (guilds[channel.guild_id]?.name ?? "") : isPrivate(channel) && !other ? "Group" : (other?.username ?? ""),
      channel,
      ...(other ? { user: users[other.id] ?? other } : {}),
      weight: mentionsOf(channel.id) > 0 ? 3e15 + last : looksUnread(channel) ? 2e15 + last : last,
      go: () => navigate(channelPath(channel.guild_id, channel.id)),
    });
  }
  for (const one of Object.values(relationships)) {
    const user = one?.type === RelationshipKind.Friend && !friends.has(one.id) ? users[one.id] : undefined;
    if (!user) continue;
    found.push({ key: `user ${user.id}`, name: nameOf(user), place: user.username, user, weight: 0, go: () => void openDirect(user.id) });
  }
  for (const guild of guildList()) {
    found.push({ key: `guild ${guild.id}`, name: guild.name, place: "Guild", guild: guild.id, weight: 1, go: () => openGuild(guild.id) });
  }
  return found;
}

export default function Switcher(props: Asked<"switcher">) {
  const [query, setQuery] = createSignal("");
  const [at, setAt] = createSignal(0);
  const id = createUniqueId();
  const results = createMemo(() => {
    const typed = query().trim().toLowerCase();
    const only = typed[0];
    const words = "#@*".includes(only ?? " ") ? typed.slice(1) : typed;
    return everything()
      .filter((one) => (only === "#" ? one.channel?.guild_id : only === "@" ? one.user : only === "*" ? one.guild : true))
      .map((one) => ({ one, points: words ? Math.max(score(words, one.name), score(words, one.place) - 40) : 1 }))
      .filter(({ points }) => points > 0)
      .sort((a, b) => b.points - a.points || b.one.weight - a.one.weight || compareIds(a.one.key, b.one.key))
      .slice(0, MOST)
      .map(({ one }) => one);
  });
  const go = (one: Found | undefined) => {
    if (!one) return;
    props.onClose();
    one.go();
  };
  const onKey = (event: KeyboardEvent) => {
    const count = results().length;
    if (event.key === "Enter") {
      event.preventDefault();
      return go(results()[at()]);
    }
    if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || count === 0) return;
    event.preventDefault();
    setAt((now) => (now + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    document.getElementById(`${id}-${at()}`)?.scrollIntoView({ block: "nearest" });
  };
  const focus = heldFocus(() => true);
  return (
    <Kobalte open onOpenChange={(open) => !open && props.onClose()} preventScroll={false}>
      <Kobalte.Portal>
        <Kobalte.Overlay class="dialog-scrim" />
        <div class="dialog-place switcher-place">
          <Kobalte.Content {...focus} class="dialog switcher" aria-label="Go to">
            <div class="switcher-field">
              <Search size={20} />
              <input
                autofocus
                role="combobox"
                aria-label="Go to a channel, a person, a guild"
                aria-expanded="true"
                aria-controls={`${id}-list`}
                aria-activedescendant={results().length > 0 ? `${id}-${at()}` : undefined}
                placeholder="Where to?"
                value={query()}
                onInput={(event) => {
                  setQuery(event.currentTarget.value);
                  setAt(0);
                }}
                onKeyDown={onKey}
              />
              <kbd>Esc</kbd>
            </div>
            <div class="switcher-list" role="listbox" id={`${id}-list`} aria-label="Places">
              <For each={results()} fallback={<p class="pick-none">Nothing by that name.</p>}>
                {(one, index) => (
                  <button
                    type="button"
                    role="option"
                    id={`${id}-${index()}`}
                    class="switcher-item"
                    classList={{ unread: one.channel ? looksUnread(one.channel) : false }}
                    aria-selected={index() === at()}
                    tabindex={-1}
                    onPointerMove={() => setAt(index())}
                    onClick={() => go(one)}
                  >
                    <span class="switcher-icon">
                      <Switch fallback={<Hash size={18} />}>
                        <Match when={one.user}>{(user) => <Avatar user={user()} size={24} />}</Match>
                        <Match when={one.guild}>
                          {(guild) => (
                            <Picture src={guildIcon({ id: guild(), icon: guilds[guild()]?.icon ?? null }, 24)} name={one.name} id={guild()} size={24} />
                          )}
                        </Match>
                        <Match when={one.channel?.guild_id ? one.channel : undefined}>
                          {(channel) => <Dynamic component={iconOf(channel())} size={18} />}
                        </Match>
                        <Match when={one.channel}>
                          {(channel) => <GroupPicture channel={channel()} size={24} />}
                        </Match>
                      </Switch>
                    </span>
                    <span class="truncate">{one.name}</span>
                    <Show when={one.channel && mentionsOf(one.channel.id) > 0}>
                      <span class="badge">{mentionsOf(one.channel?.id ?? "")}</span>
                    </Show>
                    <span class="grow" />
                    <span class="switcher-from truncate">{one.place}</span>
                  </button>
                )}
              </For>
            </div>
            <p class="switcher-hint">
              <kbd>#</kbd> channels <kbd>@</kbd> people <kbd>*</kbd> guilds
            </p>
          </Kobalte.Content>
        </div>
      </Kobalte.Portal>
    </Kobalte>
  );
}
