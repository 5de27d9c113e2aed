/** What somebody may do: Discord's bits, computed as Discord documents it. */
import { type Channel, ChannelKind, type Id, isThread, isVoice, type Overwrite, type Role } from "~/wire";

const bit = (n: number): bigint => 1n << BigInt(n);

export const Permission = {
  CreateInvite: bit(0),
  KickMembers: bit(1),
  BanMembers: bit(2),
  Administrator: bit(3),
  ManageChannels: bit(4),
  ManageGuild: bit(5),
  AddReactions: bit(6),
  ViewAuditLog: bit(7),
  ViewChannel: bit(10),
  SendMessages: bit(11),
  ManageMessages: bit(13),
  EmbedLinks: bit(14),
  AttachFiles: bit(15),
  ReadMessageHistory: bit(16),
  MentionEveryone: bit(17),
  UseExternalEmojis: bit(18),
  Connect: bit(20),
  Speak: bit(21),
  MuteMembers: bit(22),
  MoveMembers: bit(24),
  ChangeNickname: bit(26),
  ManageNicknames: bit(27),
  ManageRoles: bit(28),
  ManageWebhooks: bit(29),
  ManageExpressions: bit(30),
  UseCommands: bit(31),
  RequestToSpeak: bit(32),
  ManageEvents: bit(33),
  ManageThreads: bit(34),
  CreatePublicThreads: bit(35),
  CreatePrivateThreads: bit(36),
  SendInThreads: bit(38),
  UseExternalStickers: bit(37),
  ModerateMembers: bit(40),
  UseSoundboard: bit(42),
  CreateExpressions: bit(43),
  CreateEvents: bit(44),
  UseExternalSounds: bit(45),
  SendPolls: bit(49),
  PinMessages: bit(51),
  BypassSlowmode: bit(52),
} as const;

export const ALL = (1n << 53n) - 1n;

export interface Holder {
  user: Id;
  roles: readonly Id[];
  owner: boolean;
  timedOut?: boolean;
}

/** Permissions in a guild, or in one of its channels where overwrites are given. */
export function permissionsOf(
  guild: Id,
  roles: readonly Role[],
  holder: Holder,
  overwrites?: readonly Overwrite[],
  kind?: number,
): bigint {
  if (holder.owner) return ALL;
  let bits = 0n;
  for (const role of roles) {
    if (role.id === guild || holder.roles.includes(role.id)) bits |= BigInt(role.permissions);
  }
  if (bits & Permission.Administrator) return ALL;
  if (overwrites) {
    const apply = (allow: bigint, deny: bigint) => {
      bits = (bits & ~deny) | allow;
    };
    const everyone = overwrites.find((one) => one.id === guild);
    if (everyone) apply(BigInt(everyone.allow), BigInt(everyone.deny));
    let allow = 0n;
    let deny = 0n;
    for (const one of overwrites) {
      if (one.type === 0 && one.id !== guild && holder.roles.includes(one.id)) {
        allow |= BigInt(one.allow);
        deny |= BigInt(one.deny);
      }
    }
    apply(allow, deny);
    const own = overwrites.find((one) => one.type === 1 && one.id === holder.user);
    if (own) apply(BigInt(own.allow), BigInt(own.deny));
  }
  if (holder.timedOut) bits &= Permission.ViewChannel | Permission.ReadMessageHistory;
  return overwrites ? implicit(bits, kind ?? ChannelKind.Text) : bits;
}

/** What is done with messages: in a voice channel by those who could come in. */
const WRITTEN =
  Permission.ReadMessageHistory |
  Permission.SendMessages |
  Permission.SendPolls |
  Permission.ManageMessages |
  Permission.PinMessages |
  Permission.MentionEveryone |
  Permission.EmbedLinks |
  Permission.AttachFiles |
  Permission.AddReactions;

/** What is lost along with something else, as the server has it. */
function implicit(bits: bigint, kind: number): bigint {
  if (!(bits & Permission.ViewChannel)) return 0n;
  const thread = isThread({ type: kind });
  let left = bits;
  if (!(left & (thread ? Permission.SendInThreads : Permission.SendMessages))) {
    left &= ~(Permission.MentionEveryone | Permission.AttachFiles | Permission.EmbedLinks);
  }
  if (isVoice({ type: kind }) && !(left & Permission.Connect)) {
    left &= ~(Permission.Speak | Permission.ManageChannels | WRITTEN);
  }
  return left;
}

/** What everybody may do in a direct message. */
export const PRIVATE =
  Permission.ViewChannel |
  Permission.SendMessages |
  Permission.AddReactions |
  Permission.AttachFiles |
  Permission.EmbedLinks |
  Permission.ReadMessageHistory |
  Permission.PinMessages |
  Permission.UseCommands |
  Permission.UseExternalEmojis |
  Permission.UseExternalStickers |
  Permission.SendPolls;

/** Whose overwrites count: a thread has its parent's. */
export const overwritesOf = (channel: Channel, parent: Channel | undefined): Overwrite[] =>
  (parent && channel.type >= 10 && channel.type <= 12 ? parent : channel).permission_overwrites ?? [];
