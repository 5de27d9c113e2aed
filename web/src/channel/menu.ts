/** What one can do with a channel. */
import Archive from "lucide-solid/icons/archive";
import Bell from "lucide-solid/icons/bell";
import BellOff from "lucide-solid/icons/bell-off";
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
import { joinThread, leaveThread } from "~/thread/store";
import type { MenuEntry } from "~/ui/Menu";
import { attempt } from "~/ui/Toast";
import { changeNotifications, isMuted } from "~/user/store";
import { type Channel, ChannelFlag, ChannelKind, isPrivate, isThread } from "~/wire";
import { can } from "./store";

export function entriesOfChannel(channel: Channel): MenuEntry[] {
  const muted = isMuted(channel.guild_id, channel.id);
  const manages = Boolean(channel.guild_id) && can(channel, Permission.ManageChannels);
  const category = channel.type === ChannelKind.Category;
  const thread = isThread(channel);
  return [
    !category && {
      label: "Mark as read",
      icon: CheckCheck,
      act: () => channel.last_message_id && markRead(channel.id, channel.last_message_id),
    },
    {
      label: muted ? "Unmute" : "Mute",
      icon: muted ? Bell : BellOff,
      act: () =>
        void attempt(
          changeNotifications(channel.guild_id ?? "@me", { channel_overrides: { [channel.id]: { muted: !muted } } }),
        ),
    },
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
        ? { label: "Leave the thread", icon: LogOut, act: () => void attempt(leaveThread(channel.id)) }
        : { label: "Join the thread", icon: Plus, act: () => void attempt(joinThread(channel.id)) }),
    thread &&
      can(channel, Permission.ManageThreads) && {
        label: channel.thread_metadata?.archived ? "Reopen" : "Archive",
        icon: Archive,
        act: () =>
          void attempt(api.patch(`/channels/${channel.id}`, { archived: !channel.thread_metadata?.archived })),
      },
    forumOf(channel) &&
      can(channel, Permission.ManageThreads) && {
        label: isPinned(channel) ? "Unpin the post" : "Pin the post",
        icon: Pin,
        act: () =>
          void attempt(
            api.patch(`/channels/${channel.id}`, { flags: (channel.flags ?? 0) ^ ChannelFlag.Pinned }),
          ),
      },
    manages && !thread && { label: "Edit", icon: Settings, act: () => openDialog({ kind: "edit-channel", channel: channel.id }) },
    manages &&
      !thread &&
      !category && {
        label: channel.locked ? "Unlock" : "Lock",
        icon: Lock,
        act: () => void attempt(own.patch(`/channels/${channel.id}/state`, { locked: !channel.locked })),
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
    manages && "line",
    manages && {
      label: "Delete",
      icon: Trash,
      danger: true,
      act: () => openDialog({ kind: "delete-channel", channel: channel.id }),
    },
  ];
}
