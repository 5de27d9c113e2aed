/** What one can do with a channel. */
import Archive from "lucide-solid/icons/archive";
import CheckCheck from "lucide-solid/icons/check-check";
import Hash from "lucide-solid/icons/hash";
import Link from "lucide-solid/icons/link";
import Lock from "lucide-solid/icons/lock";
import LogOut from "lucide-solid/icons/log-out";
import Pin from "lucide-solid/icons/pin";
import Plus from "lucide-solid/icons/circle-plus";
import Settings from "lucide-solid/icons/settings";
import Trash from "lucide-solid/icons/trash";
import UserPlus from "lucide-solid/icons/user-plus";
import { channelPath, navigate, openChannel } from "~/app/router";
import { isPinned } from "~/forum/posts";
import { forumOf } from "~/forum/store";
import { openDialog } from "~/dialog/store";
import { Permission } from "~/guild/permissions";
import { copyText } from "~/message/act";
import { api, own } from "~/net/rest";
import { markRead } from "~/read/store";
import { rightsOf } from "~/thread/members";
import { joinThread, leaveThread } from "~/thread/store";
import type { MenuEntry } from "~/ui/Menu";
import { attempt } from "~/ui/Toast";
import { type Channel, ChannelFlag, ChannelKind, isPrivate, isThread } from "~/wire";
import { noticesOf } from "./notices";
import { can } from "./store";

export function entriesOfChannel(channel: Channel): MenuEntry[] {
  const manages = Boolean(channel.guild_id) && can(channel, Permission.ManageChannels);
  const category = channel.type === ChannelKind.Category;
  const thread = isThread(channel);
  const rights = thread ? rightsOf(channel) : null;
  const archived = channel.thread_metadata?.archived ?? false;
  const noun = forumOf(channel) ? "post" : "thread";
  const deletes = rights ? rights.moderate : manages;
  const patch = (body: object) => void attempt(api.patch(`/channels/${channel.id}`, body));
  return [
    !category && {
      label: "Mark as read",
      icon: CheckCheck,
      act: () => channel.last_message_id && markRead(channel.id, channel.last_message_id),
    },
    ...noticesOf(channel),
    "line",
    !thread &&
      !category &&
      channel.guild_id &&
      can(channel, Permission.CreateInvite) && {
        label: "Invite people",
        icon: UserPlus,
        act: () => openDialog({ kind: "invite", guild: channel.guild_id ?? "", channel: channel.id }),
      },
    channel.type === ChannelKind.GroupDm && {
      label: "Add people",
      icon: UserPlus,
      act: () => openDialog({ kind: "new-group", channel: channel.id }),
    },
    channel.type === ChannelKind.GroupDm && {
      label: "Edit the group",
      icon: Settings,
      act: () => openDialog({ kind: "edit-group", channel: channel.id }),
    },
    category &&
      manages && {
        label: "Create a channel",
        icon: Plus,
        act: () =>
          openDialog({ kind: "create-channel", guild: channel.guild_id ?? "", parent: channel.id, type: ChannelKind.Text }),
      },
    thread &&
      (channel.member
        ? { label: `Leave the ${noun}`, icon: LogOut, act: () => void attempt(leaveThread(channel.id)) }
        : { label: `Join the ${noun}`, icon: Plus, act: () => void attempt(joinThread(channel.id)) }),
    rights?.invite && {
      label: "Add people",
      icon: UserPlus,
      act: () => openDialog({ kind: "add-to-thread", thread: channel.id }),
    },
    rights?.edit && {
      label: `Edit the ${noun}`,
      icon: Settings,
      act: () => openDialog({ kind: "edit-thread", thread: channel.id }),
    },
    (rights?.archive || rights?.reopen) && {
      label: rights.reopen ? "Reopen" : "Archive",
      icon: Archive,
      act: () => patch({ archived: !rights.reopen }),
    },
    rights?.moderate &&
      !archived && {
        label: channel.thread_metadata?.locked ? "Unlock" : "Lock",
        icon: Lock,
        act: () => patch({ locked: !channel.thread_metadata?.locked }),
      },
    forumOf(channel) &&
      can(channel, Permission.ManageThreads) && {
        label: isPinned(channel) ? "Unpin the post" : "Pin the post",
        icon: Pin,
        act: () => patch({ flags: (channel.flags ?? 0) ^ ChannelFlag.Pinned }),
      },
    manages && !thread && { label: "Edit", icon: Settings, act: () => openDialog({ kind: "edit-channel", channel: channel.id }) },
    manages &&
      !thread &&
      !category && {
        label: channel.locked ? "Unlock" : "Lock",
        icon: Lock,
        act: () =>
          channel.locked
            ? void attempt(own.patch(`/channels/${channel.id}/state`, { locked: false }))
            : openDialog({ kind: "lock-channel", channel: channel.id }),
      },
    { label: "Copy link", icon: Link, act: () => void copyText(location.origin + channelPath(channel.guild_id, channel.id), "Link copied.") },
    { label: "Copy id", icon: Hash, act: () => void copyText(channel.id, "Id copied.") },
    isPrivate(channel) && {
      label: channel.type === ChannelKind.GroupDm ? "Leave the group" : "Close",
      icon: LogOut,
      danger: channel.type === ChannelKind.GroupDm,
      act: () =>
        channel.type === ChannelKind.GroupDm
          ? openDialog({ kind: "leave-group", channel: channel.id })
          : void attempt(
              api.delete(`/channels/${channel.id}`).then(() => openChannel() === channel.id && navigate("/channels/@me")),
            ),
    },
    deletes && "line",
    deletes && {
      label: "Delete",
      icon: Trash,
      danger: true,
      act: () => openDialog({ kind: "delete-channel", channel: channel.id }),
    },
  ];
}
