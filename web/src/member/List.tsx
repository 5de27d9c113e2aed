/** Who is here: by hoisted role, then online, then offline. */
import { VList } from "virtua/solid";
import { createEffect, createMemo, on, Show } from "solid-js";
import Crown from "lucide-solid/icons/crown";
import { Face } from "~/emoji/Face";
import { guilds } from "~/guild/store";
import { connection } from "~/net/socket";
import { customStatus, statusOf } from "~/presence/store";
import { Avatar, complain, menuOn } from "~/ui";
import { openProfile } from "~/user/popover";
import { myId, users } from "~/user/store";
import { type Channel, type Id, isThread, type User } from "~/wire";
import { askMembers, forgetMembers, membersIn } from "~/thread/members";
import { entriesOfMember } from "./menu";
import { RoleIcon } from "./RoleIcon";
import { sees } from "./sees";
import { forgotten, seekAll } from "./seek";
import { displayName, faceIn, members, nameColor, rolesOf } from "./store";
import "./member.css";

type Line = { key: string; kind: "title"; title: string; count: number } | { key: string; kind: "user"; user: User; away: boolean };

/** Who is in a thread; of channels, who sees them. */
function insiders(channel: Channel, guild: Id): readonly Id[] {
  if (isThread(channel)) return membersIn(channel.id) ?? [];
  return Object.keys(members[guild] ?? {}).filter((id) => sees(channel, id));
}

/** Lines of the list. */
function linesOf(channel: Channel): Line[] {
  const guild = channel.guild_id;
  const all: User[] = guild
    ? insiders(channel, guild).flatMap((id) => users[id] ?? [])
    : [myId(), ...(channel.recipients ?? []).map((one) => one.id)].flatMap((id) => users[id] ?? []);
  const groups = new Map<string, { title: string; order: number; users: User[] }>();
  for (const user of all) {
    const away = ["offline", "invisible"].includes(statusOf(user.id));
    const role = away || !guild ? undefined : rolesOf(guild, user.id).find((one) => one.hoist);
    const key = away ? "offline" : (role?.id ?? "online");
    const title = away ? "Offline" : (role?.name ?? "Online");
    const order = away ? -2 : (role?.position ?? -1);
    const group = groups.get(key) ?? { title, order, users: [] };
    group.users.push(user);
    groups.set(key, group);
  }
  return [...groups]
    .sort(([, a], [, b]) => b.order - a.order)
    .flatMap(([key, group]): Line[] => [
      { key, kind: "title", title: group.title, count: group.users.length },
      ...group.users
        .map((user) => ({ user, name: displayName(guild, user).toLowerCase() }))
        .sort((a, b) => a.name.localeCompare(b.name))
        .map(({ user }): Line => ({ key: user.id, kind: "user", user, away: key === "offline" })),
    ]);
}

export function MemberList(props: { channel: Channel }) {
  const guild = () => props.channel.guild_id;
  createEffect(
    on([guild, forgotten, connection, () => isThread(props.channel)], ([id]) => {
      if (id && !isThread(props.channel)) seekAll(id);
    }),
  );
  createEffect(
    on([() => props.channel.id, forgotten], ([id]) => {
      if (!isThread(props.channel)) return;
      const thread = props.channel;
      forgetMembers(id);
      void askMembers(thread).catch(complain);
    }),
  );
  let known = new Map<string, Line>();
  const lines = createMemo(() => {
    const made = linesOf(props.channel).map((line) => {
      const before = known.get(line.key);
      const same =
        before &&
        before.kind === line.kind &&
        (line.kind === "title"
          ? before.kind === "title" && before.count === line.count && before.title === line.title
          : before.kind === "user" && before.away === line.away);
      return same ? before : line;
    });
    known = new Map(made.map((line) => [line.key, line]));
    return made;
  });
  return (
    <aside class="members" aria-label={isThread(props.channel) ? "Members of the thread" : "Members"}>
      <VList data={lines()} class="members-list" bufferSize={300}>
        {(line) =>
          line.kind === "title" ? (
            <h2 class="members-title">
              {line.title} <span>{line.count}</span>
            </h2>
          ) : (
            <MemberRow user={line.user} guild={guild()} away={line.away} />
          )
        }
      </VList>
    </aside>
  );
}

function MemberRow(props: { user: User; guild: Id | undefined; away: boolean }) {
  const user = () => users[props.user.id] ?? props.user;
  const custom = () => customStatus(props.user.id);
  return (
    <button
      type="button"
      class="member"
      classList={{ away: props.away }}
      onClick={(event) => openProfile(props.user.id, props.guild, event.currentTarget)}
      {...menuOn(() => entriesOfMember(props.user.id, props.guild))}
    >
      <Avatar user={user()} src={faceIn(props.guild, props.user.id, 34)} size={34} status={statusOf(props.user.id)} />
      <span class="grow">
        <span class="member-name">
          <span class="truncate" style={{ color: props.away ? undefined : nameColor(props.guild, props.user.id) }}>
            {displayName(props.guild, user())}
          </span>
          <RoleIcon guild={props.guild} user={props.user.id} />
          <Show when={props.guild && guilds[props.guild]?.owner_id === props.user.id}>
            <Crown size={13} class="member-crown" aria-label="Owner" />
          </Show>
          <Show when={user().bot}>
            <span class="tag">App</span>
          </Show>
        </span>
        <Show when={custom()}>
          {(own) => (
            <span class="member-status truncate">
              <Show when={own().emoji}>{(emoji) => <Face emoji={emoji()} size={14} />}</Show> {own().text}
            </span>
          )}
        </Show>
      </span>
    </button>
  );
}
