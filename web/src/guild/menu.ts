/** What one can do with a guild. */
import Bell from "lucide-solid/icons/bell";
import BellOff from "lucide-solid/icons/bell-off";
import CheckCheck from "lucide-solid/icons/check-check";
import FolderPlus from "lucide-solid/icons/folder-plus";
import Hash from "lucide-solid/icons/hash";
import Link from "lucide-solid/icons/link";
import ListChecks from "lucide-solid/icons/list-checks";
import LogOut from "lucide-solid/icons/log-out";
import Plus from "lucide-solid/icons/circle-plus";
import Settings from "lucide-solid/icons/settings";
import UserPen from "lucide-solid/icons/user-pen";
import UserPlus from "lucide-solid/icons/user-plus";
import { navigate } from "~/app/router";
import { canIn, firstChannel } from "~/channel/store";
import { openDialog } from "~/dialog/store";
import { isLinked } from "~/link/rules";
import { copyText } from "~/message/act";
import { markGuildRead } from "~/read/store";
import { attempt } from "~/ui/Toast";
import type { MenuEntry } from "~/ui/Menu";
import { changeNotifications, isGuildMuted, myId } from "~/user/store";
import { ChannelKind } from "~/wire";
import { Permission } from "./permissions";
import type { KnownGuild } from "./store";

/** One of these opens the settings: each has a page there. */
const MANAGERS = [
  Permission.ManageGuild,
  Permission.ManageRoles,
  Permission.BanMembers,
  Permission.ViewAuditLog,
  Permission.ManageExpressions,
  Permission.CreateExpressions,
  Permission.ManageChannels,
  Permission.ManageWebhooks,
  Permission.KickMembers,
];

export const maySeeSettings = (guild: string): boolean => MANAGERS.some((one) => canIn(guild, one));

export function entriesOfGuild(guild: KnownGuild): MenuEntry[] {
  const muted = isGuildMuted(guild.id);
  const channels = canIn(guild.id, Permission.ManageChannels);
  return [
    { label: "Mark as read", icon: CheckCheck, act: () => void attempt(markGuildRead(guild.id)) },
    {
      label: muted ? "Unmute" : "Mute",
      icon: muted ? Bell : BellOff,
      act: () => void attempt(changeNotifications(guild.id, { muted: !muted })),
    },
    "line",
    canIn(guild.id, Permission.CreateInvite) && {
      label: "Invite people",
      icon: UserPlus,
      act: () => openDialog({ kind: "invite", guild: guild.id, channel: firstChannel(guild.id)?.id ?? "" }),
    },
    channels && {
      label: "Create a channel",
      icon: Plus,
      act: () => openDialog({ kind: "create-channel", guild: guild.id, parent: null, type: ChannelKind.Text }),
    },
    channels && {
      label: "Create a category",
      icon: FolderPlus,
      act: () => openDialog({ kind: "create-channel", guild: guild.id, parent: null, type: ChannelKind.Category }),
    },
    { label: "Edit profile here", icon: UserPen, act: () => openDialog({ kind: "own-profile", guild: guild.id }) },
    {
      label: "Channels and roles",
      icon: ListChecks,
      act: () => openDialog({ kind: "browse-channels", guild: guild.id }),
    },
    Object.values(guild.roles).some((role) => role && isLinked(role)) && {
      label: "Linked roles",
      icon: Link,
      act: () => openDialog({ kind: "linked-roles", guild: guild.id }),
    },
    maySeeSettings(guild.id) && {
      label: "Guild settings",
      icon: Settings,
      act: () => navigate(`/guilds/${guild.id}/settings/overview`),
    },
    { label: "Copy id", icon: Hash, act: () => void copyText(guild.id, "Id copied.") },
    guild.owner_id !== myId() && "line",
    guild.owner_id !== myId() && {
      label: "Leave",
      icon: LogOut,
      danger: true,
      act: () => openDialog({ kind: "leave-guild", guild: guild.id }),
    },
  ];
}
