/** What stands before a channel's name. */
import Hash from "lucide-solid/icons/hash";
import Lock from "lucide-solid/icons/lock";
import Megaphone from "lucide-solid/icons/megaphone";
import MessagesSquare from "lucide-solid/icons/messages-square";
import MicVocal from "lucide-solid/icons/mic-vocal";
import Volume from "lucide-solid/icons/volume-2";
import { Permission } from "~/guild/permissions";
import { type Channel, ChannelKind, isForum } from "~/wire";

export function iconOf(channel: Pick<Channel, "type" | "guild_id" | "permission_overwrites">) {
  if (channel.type === ChannelKind.Stage) return MicVocal;
  if (channel.type === ChannelKind.Voice) return Volume;
  if (channel.type === ChannelKind.Announcement) return Megaphone;
  if (isForum(channel)) return MessagesSquare;
  const everyone = channel.permission_overwrites?.find((one) => one.id === channel.guild_id);
  return everyone && (BigInt(everyone.deny) & Permission.ViewChannel) !== 0n ? Lock : Hash;
}
