/** What one can do with somebody. */
import AtSign from "lucide-solid/icons/at-sign";
import Ban from "lucide-solid/icons/ban";
import Clock from "lucide-solid/icons/clock";
import Hash from "lucide-solid/icons/hash";
import LogOut from "lucide-solid/icons/log-out";
import MessageCircle from "lucide-solid/icons/message-circle";
import UserMinus from "lucide-solid/icons/user-minus";
import UserX from "lucide-solid/icons/user-x";
import { createSignal } from "solid-js";
import { channelPath, navigate, openChannel } from "~/app/router";
import { canIn, channels, putChannel } from "~/channel/store";
import { appsEntry, CommandKind } from "~/command/menu";
import { draftOf, pick, setText } from "~/composer/draft";
import { Permission } from "~/guild/permissions";
import { guilds } from "~/guild/store";
import { copyText } from "~/message/act";
import { api } from "~/net/rest";
import { deedsWith } from "~/relationship/deeds";
import { block, isBlocked } from "~/relationship/store";
import { membersIn, openThread, rightsOf, takeFromThread } from "~/thread/members";
import type { MenuEntry } from "~/ui/Menu";
import { attempt } from "~/ui/Toast";
import { myId, users } from "~/user/store";
import type { Channel, Id } from "~/wire";
import { memberOf, rolesOf } from "./store";

export async function openDirect(user: Id): Promise<Channel | undefined> {
  const channel = await attempt(api.post<Channel>("/users/@me/channels", { recipient_id: user }));
  if (channel) {
    putChannel(channel);
    navigate(channelPath(null, channel.id));
  }
  return channel;
}

export type Sanction = { kind: "kick" | "ban" | "timeout"; guild: Id; user: Id };
const [sanction, setSanction] = createSignal<Sanction | null>(null);
export { sanction, setSanction };

/** Whether one stands above somebody. */
export function outranks(guild: Id, user: Id): boolean {
  const owner = guilds[guild]?.owner_id;
  if (user === owner || user === myId()) return false;
  if (owner === myId()) return true;
  const top = (id: Id) => rolesOf(guild, id)[0]?.position ?? 0;
  return top(myId()) > top(user);
}

export function entriesOfMember(user: Id, guild: Id | null | undefined): MenuEntry[] {
  const mine = user === myId();
  const known = users[user];
  const channel = openChannel();
  const here = channel ? channels[channel] : undefined;
  const thread = openThread(channel);
  const inside = thread !== undefined && membersIn(thread.id)?.includes(user);
  const above = guild ? outranks(guild, user) && memberOf(guild, user) !== undefined : false;
  const asks = (kind: Sanction["kind"]) => () => {
    if (guild) setSanction({ kind, guild, user });
  };
  return [
    !mine && { label: "Message", icon: MessageCircle, act: () => void openDirect(user) },
    channel &&
      known && {
        label: "Mention",
        icon: AtSign,
        act: () => {
          pick(channel, `@${known.username}`, `<@${user}>`);
          const text = draftOf(channel).text;
          setText(channel, `${text}${text && !text.endsWith(" ") ? " " : ""}@${known.username} `);
        },
      },
    thread && inside && !mine && rightsOf(thread).expel && {
      label: "Remove from the thread",
      icon: LogOut,
      act: () => void attempt(takeFromThread(thread.id, user), "Removed."),
    },
    guild && here?.guild_id === guild && appsEntry(here, CommandKind.User, user),
    ...deedsWith(user),
    !mine && !isBlocked(user) && { label: "Block", icon: UserX, danger: true, act: () => void attempt(block(user), "Blocked.") },
    above && "line",
    guild && above && canIn(guild, Permission.ModerateMembers) && { label: "Time out", icon: Clock, danger: true, act: asks("timeout") },
    guild && above && canIn(guild, Permission.KickMembers) && { label: "Kick", icon: UserMinus, danger: true, act: asks("kick") },
    guild && above && canIn(guild, Permission.BanMembers) && { label: "Ban", icon: Ban, danger: true, act: asks("ban") },
    "line",
    { label: "Copy id", icon: Hash, act: () => void copyText(user, "Id copied.") },
  ];
}
