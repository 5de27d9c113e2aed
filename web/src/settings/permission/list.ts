/** All permissions in words: what they are called, what they let somebody do, and where they mean something. */

export type Reach = "guild" | "text" | "voice";

export interface PermissionWords {
  bit: number;
  name: string;
  about: string;
  /** Where an overwrite of it means something; `guild` alone: only in roles. */
  reach: readonly Reach[];
  /** Whoever has it can do harm. */
  grave?: boolean;
}

export interface PermissionGroup {
  title: string;
  permissions: readonly PermissionWords[];
}

const ANY: readonly Reach[] = ["guild", "text", "voice"];
const TEXT: readonly Reach[] = ["guild", "text", "voice"];
const VOICE: readonly Reach[] = ["guild", "voice"];
const ONLY_TEXT: readonly Reach[] = ["guild", "text"];
const GUILD: readonly Reach[] = ["guild"];

export const PERMISSIONS: readonly PermissionGroup[] = [
  {
    title: "General",
    permissions: [
      {
        bit: 10,
        name: "View channels",
        about: "See channels and read what is in them, except private ones.",
        reach: ANY,
      },
      { bit: 4, name: "Manage channels", about: "Create, change, order and delete channels.", reach: ANY, grave: true },
      {
        bit: 28,
        name: "Manage roles",
        about: "Create, change and give roles below their own, and set permissions of channels.",
        reach: ANY,
        grave: true,
      },
      { bit: 43, name: "Create emoji", about: "Upload emoji, and change or delete their own.", reach: GUILD },
      { bit: 30, name: "Manage emoji", about: "Change and delete all emoji.", reach: GUILD },
      { bit: 7, name: "View the audit log", about: "See who did what.", reach: GUILD },
      {
        bit: 29,
        name: "Manage webhooks",
        about: "Make, change and delete webhooks, and see their addresses.",
        reach: ANY,
        grave: true,
      },
      {
        bit: 5,
        name: "Manage the guild",
        about: "Change name, picture and settings, see all invites, and add bots.",
        reach: GUILD,
        grave: true,
      },
      { bit: 19, name: "View insights", about: "See figures of the guild, where an app shows them.", reach: GUILD },
    ],
  },
  {
    title: "Members",
    permissions: [
      { bit: 0, name: "Invite people", about: "Make invites.", reach: ANY },
      { bit: 26, name: "Change own nickname", about: "Choose what they are called here.", reach: GUILD },
      { bit: 27, name: "Manage nicknames", about: "Change what others are called.", reach: GUILD },
      {
        bit: 1,
        name: "Kick members",
        about: "Remove members. They can come back with an invite.",
        reach: GUILD,
        grave: true,
      },
      {
        bit: 2,
        name: "Ban members",
        about: "Remove members for good, with what they wrote if wanted.",
        reach: GUILD,
        grave: true,
      },
      {
        bit: 40,
        name: "Time members out",
        about: "Keep members from writing and speaking for a while, and warn them.",
        reach: GUILD,
        grave: true,
      },
    ],
  },
  {
    title: "Text",
    permissions: [
      { bit: 11, name: "Send messages", about: "Write in text channels.", reach: TEXT },
      { bit: 38, name: "Send messages in threads", about: "Write in threads.", reach: ONLY_TEXT },
      {
        bit: 35,
        name: "Start public threads",
        about: "Start threads that everybody in the channel sees.",
        reach: ONLY_TEXT,
      },
      { bit: 36, name: "Start private threads", about: "Start threads that only the invited see.", reach: ONLY_TEXT },
      { bit: 14, name: "Embed links", about: "Links show a preview.", reach: TEXT },
      { bit: 15, name: "Attach files", about: "Upload files and pictures.", reach: TEXT },
      {
        bit: 6,
        name: "Add reactions",
        about: "Be the first to react with an emoji. Joining in is always allowed.",
        reach: TEXT,
      },
      { bit: 18, name: "Use emoji of other guilds", about: "Use emoji of guilds they are in.", reach: TEXT },
      { bit: 37, name: "Use stickers of other guilds", about: "Use stickers of guilds they are in.", reach: TEXT },
      { bit: 17, name: "Mention everyone", about: "Mention @everyone, @here and all roles.", reach: TEXT, grave: true },
      {
        bit: 13,
        name: "Manage messages",
        about: "Delete what others wrote, and take away previews and reactions.",
        reach: TEXT,
        grave: true,
      },
      { bit: 51, name: "Pin messages", about: "Pin and unpin messages.", reach: TEXT },
      { bit: 52, name: "Bypass slow mode", about: "Write as often as they like where slow mode is on.", reach: TEXT },
      {
        bit: 34,
        name: "Manage threads",
        about: "Rename, close and delete threads, and see private ones.",
        reach: ONLY_TEXT,
      },
      { bit: 16, name: "Read history", about: "Read what was written while they were not connected.", reach: TEXT },
      { bit: 12, name: "Speak aloud messages", about: "Send messages that are read aloud.", reach: TEXT },
      { bit: 46, name: "Send voice messages", about: "Record and send voice.", reach: TEXT },
      { bit: 49, name: "Make polls", about: "Ask for votes.", reach: TEXT },
    ],
  },
  {
    title: "Voice",
    permissions: [
      { bit: 20, name: "Connect", about: "Join voice channels and hear others.", reach: VOICE },
      { bit: 21, name: "Speak", about: "Be heard.", reach: VOICE },
      { bit: 9, name: "Share video", about: "Share camera and screen.", reach: VOICE },
      { bit: 25, name: "Use voice activity", about: "Be heard without pressing a key.", reach: VOICE },
      { bit: 8, name: "Priority speaker", about: "Be louder than others while pressing a key.", reach: VOICE },
      { bit: 22, name: "Mute members", about: "Mute others for everybody.", reach: VOICE },
      { bit: 23, name: "Deafen members", about: "Keep others from hearing.", reach: VOICE },
      { bit: 24, name: "Move members", about: "Move others between channels, or disconnect them.", reach: VOICE },
      { bit: 48, name: "Set channel status", about: "Write a line under a voice channel.", reach: VOICE },
      { bit: 32, name: "Ask to speak", about: "Raise a hand on stages.", reach: VOICE },
      { bit: 42, name: "Use the soundboard", about: "Play sounds of this guild.", reach: VOICE },
      { bit: 45, name: "Use sounds of other guilds", about: "Play sounds of guilds they are in.", reach: VOICE },
    ],
  },
  {
    title: "Apps and events",
    permissions: [
      { bit: 31, name: "Use commands", about: "Use commands of apps.", reach: TEXT },
      { bit: 39, name: "Use activities", about: "Open activities of apps together.", reach: ANY },
      {
        bit: 50,
        name: "Use own apps",
        about: "Use apps that they brought along; without it only they see the answers.",
        reach: TEXT,
      },
      { bit: 44, name: "Create events", about: "Plan events, and change or delete their own.", reach: VOICE },
      { bit: 33, name: "Manage events", about: "Change and delete all events.", reach: VOICE },
    ],
  },
  {
    title: "Everything",
    permissions: [
      {
        bit: 3,
        name: "Administrator",
        about: "Do all of this, everywhere, whatever channels say. Give it to nobody you would not hand the keys to.",
        reach: GUILD,
        grave: true,
      },
    ],
  },
];

export const EVERY_PERMISSION: readonly PermissionWords[] = PERMISSIONS.flatMap((group) => group.permissions);

/** Names of the permissions in a set. */
export function namesOf(bits: bigint): string[] {
  return EVERY_PERMISSION.filter((one) => (bits >> BigInt(one.bit)) & 1n).map((one) => one.name);
}

/** Groups with what somebody looks for, and what means something there. */
export function search(query: string, reach: Reach): PermissionGroup[] {
  const wanted = query.trim().toLowerCase();
  return PERMISSIONS.map((group) => ({
    title: group.title,
    permissions: group.permissions.filter(
      (one) => one.reach.includes(reach) && `${one.name} ${one.about}`.toLowerCase().includes(wanted),
    ),
  })).filter((group) => group.permissions.length > 0);
}
