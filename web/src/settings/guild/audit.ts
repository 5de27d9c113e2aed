/** The audit log in words. */
import { DISCOVERABLE } from "~/discovery/wire";
import type { AuditLogEntry } from "~/wire";
import type { Difference, Tone } from "../LogEntry";
import { namesOf } from "../permission/list";

export type Target =
  | "guild"
  | "channel"
  | "user"
  | "role"
  | "invite"
  | "webhook"
  | "emoji"
  | "message"
  | "integration"
  | "thread"
  | "command"
  | "sticker"
  | "event"
  | "sound"
  | "rule"
  | "none";

export interface Action {
  type: number;
  /** Fits after who did it. */
  did: string;
  /** Fits a list to choose from. */
  name: string;
  tone: Tone;
  target: Target;
}

const action = (type: number, did: string, name: string, tone: Tone, target: Target): Action => ({
  type,
  did,
  name,
  tone,
  target,
});

export const ACTIONS: readonly Action[] = [
  action(1, "changed the guild", "Guild changed", "change", "guild"),
  action(10, "made the channel", "Channel made", "make", "channel"),
  action(11, "changed the channel", "Channel changed", "change", "channel"),
  action(12, "deleted the channel", "Channel deleted", "remove", "channel"),
  action(13, "set permissions in", "Channel permissions set", "make", "channel"),
  action(14, "changed permissions in", "Channel permissions changed", "change", "channel"),
  action(15, "removed permissions in", "Channel permissions removed", "remove", "channel"),
  action(20, "kicked", "Member kicked", "remove", "user"),
  action(21, "pruned members", "Members pruned", "remove", "none"),
  action(22, "banned", "Member banned", "remove", "user"),
  action(23, "unbanned", "Member unbanned", "make", "user"),
  action(24, "changed the member", "Member changed", "change", "user"),
  action(25, "changed roles of", "Member roles changed", "change", "user"),
  action(26, "moved members in voice", "Members moved", "change", "none"),
  action(27, "disconnected members from voice", "Members disconnected", "remove", "none"),
  action(28, "added the bot", "Bot added", "make", "user"),
  action(30, "made the role", "Role made", "make", "role"),
  action(31, "changed the role", "Role changed", "change", "role"),
  action(32, "deleted the role", "Role deleted", "remove", "role"),
  action(40, "made an invite", "Invite made", "make", "invite"),
  action(41, "changed an invite", "Invite changed", "change", "invite"),
  action(42, "revoked an invite", "Invite revoked", "remove", "invite"),
  action(50, "made the webhook", "Webhook made", "make", "webhook"),
  action(51, "changed the webhook", "Webhook changed", "change", "webhook"),
  action(52, "deleted the webhook", "Webhook deleted", "remove", "webhook"),
  action(60, "uploaded the emoji", "Emoji uploaded", "make", "emoji"),
  action(61, "changed the emoji", "Emoji changed", "change", "emoji"),
  action(62, "deleted the emoji", "Emoji deleted", "remove", "emoji"),
  action(72, "deleted a message of", "Message deleted", "remove", "user"),
  action(73, "deleted many messages in", "Messages deleted", "remove", "channel"),
  action(74, "pinned a message of", "Message pinned", "make", "user"),
  action(75, "unpinned a message of", "Message unpinned", "remove", "user"),
  action(80, "added the integration", "Integration added", "make", "integration"),
  action(81, "changed the integration", "Integration changed", "change", "integration"),
  action(82, "removed the integration", "Integration removed", "remove", "integration"),
  action(83, "began the stage", "Stage begun", "make", "none"),
  action(84, "changed the stage", "Stage changed", "change", "none"),
  action(85, "ended the stage", "Stage ended", "remove", "none"),
  action(90, "uploaded the sticker", "Sticker uploaded", "make", "sticker"),
  action(91, "changed the sticker", "Sticker changed", "change", "sticker"),
  action(92, "deleted the sticker", "Sticker deleted", "remove", "sticker"),
  action(100, "planned the event", "Event planned", "make", "event"),
  action(101, "changed the event", "Event changed", "change", "event"),
  action(102, "deleted the event", "Event deleted", "remove", "event"),
  action(110, "started the thread", "Thread started", "make", "thread"),
  action(111, "changed the thread", "Thread changed", "change", "thread"),
  action(112, "deleted the thread", "Thread deleted", "remove", "thread"),
  action(121, "changed permissions of a command", "Command permissions changed", "change", "command"),
  action(130, "uploaded the sound", "Sound uploaded", "make", "sound"),
  action(131, "changed the sound", "Sound changed", "change", "sound"),
  action(132, "deleted the sound", "Sound deleted", "remove", "sound"),
  action(140, "made the automod rule", "Automod rule made", "make", "rule"),
  action(141, "changed the automod rule", "Automod rule changed", "change", "rule"),
  action(142, "deleted the automod rule", "Automod rule deleted", "remove", "rule"),
  action(143, "was kept by automod from sending a message", "Message blocked by automod", "remove", "none"),
  action(144, "wrote what automod reported", "Message reported by automod", "change", "none"),
  action(145, "was timed out by automod", "Member timed out by automod", "remove", "none"),
  action(146, "was quarantined by automod", "Member quarantined by automod", "remove", "none"),
  action(167, "changed the onboarding", "Onboarding changed", "change", "none"),
  action(192, "set the status of the voice channel", "Voice status set", "change", "channel"),
  action(193, "removed the status of the voice channel", "Voice status removed", "remove", "channel"),
  action(200, "changed one time of the event", "Time of an event changed", "change", "event"),
  action(201, "changed one time of the event again", "Time of an event changed again", "change", "event"),
  action(202, "put back one time of the event", "Time of an event put back", "remove", "event"),
  action(1000, "warned", "Member warned", "change", "user"),
  action(1001, "locked or unlocked", "Channel locked", "change", "channel"),
  action(1002, "archived or reopened", "Channel archived", "change", "channel"),
];

const BY_TYPE = new Map(ACTIONS.map((one) => [one.type, one]));

export const actionOf = (type: number): Action =>
  BY_TYPE.get(type) ?? action(type, `did something (${type})`, `Action ${type}`, "change", "none");

/** The newest name that an entry tells of its target. */
export function nameIn(entry: AuditLogEntry): string | undefined {
  const change = entry.changes?.find((one) => one.key === "name" || one.key === "code");
  const value = change?.new_value ?? change?.old_value;
  return typeof value === "string" ? value : undefined;
}

const KEYS: Record<string, string> = {
  nick: "Nickname",
  color: "Colour",
  hoist: "Shown apart",
  mentionable: "Mentionable",
  nsfw: "Age-restricted",
  rate_limit_per_user: "Slow mode",
  parent_id: "Category",
  afk_channel_id: "Channel for the idle",
  system_channel_id: "System channel",
  rules_channel_id: "Rules channel",
  widget_channel_id: "Channel of the widget",
  widget_enabled: "Widget",
  owner_id: "Owner",
  user_limit: "Most people",
  icon: "Icon",
  banner: "Banner",
  communication_disabled_until: "Timed out until",
  max_uses: "Most uses",
  max_age: "Lasts",
  $add: "Roles given",
  $remove: "Roles taken",
  allow: "Allowed",
  deny: "Denied",
  default_message_notifications: "Notifications",
  inviter_id: "Made by",
  channel_id: "Channel",
  keywords: "Tags",
};

export const keyOf = (key: string): string =>
  KEYS[key] ?? key.charAt(0).toUpperCase() + key.slice(1).replace(/_id$/, "").replace(/_/g, " ");

/** Keys that say nothing to people. */
const SILENT = new Set(["id", "guild_id", "type", "token", "version", "features", "colors", "flags"]);

/** How one value reads; `named` knows names of ids. */
export function readable(key: string, value: unknown, named: (id: string) => string | undefined): string {
  if (value === undefined || value === null || value === "") return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (["permissions", "allow", "deny"].includes(key)) {
    const names = namesOf(BigInt(String(value)));
    return names.length === 0
      ? "nothing"
      : names.length > 6
        ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`
        : names.join(", ");
  }
  if (key === "color") return value === 0 ? "none" : `#${Number(value).toString(16).padStart(6, "0")}`;
  if (key === "max_age" || key === "rate_limit_per_user" || key === "afk_timeout")
    return Number(value) === 0 ? "no limit" : `${value} seconds`;
  if (key === "icon" || key === "banner" || key === "avatar" || key === "splash") return "a picture";
  if (key === "communication_disabled_until") return new Date(String(value)).toLocaleString();
  if (Array.isArray(value)) {
    return value.length === 0
      ? "nothing"
      : value
          .map((one) =>
            typeof one === "object" && one !== null && "name" in one ? String(one.name) : readable("", one, named),
          )
          .join(", ");
  }
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return /^\d{15,20}$/.test(text) ? (named(text) ?? text) : text;
}

/** Who comes in, as the features of a guild say it; none where that is not what changed in them. */
function entrance({ key, old_value, new_value }: NonNullable<AuditLogEntry["changes"]>[number]): Difference[] {
  const open = (value: unknown) => Array.isArray(value) && value.includes(DISCOVERABLE);
  if (key !== "features" || open(old_value) === open(new_value)) return [];
  const word = (value: unknown) => (open(value) ? "anyone" : "invite only");
  return [{ key: "Who can come in", before: word(old_value), after: word(new_value) }];
}

/** What an entry changed, for people. */
export function differencesOf(entry: AuditLogEntry, named: (id: string) => string | undefined): Difference[] {
  const changes = entry.changes ?? [];
  return [
    ...changes
      .filter((change) => !SILENT.has(change.key))
      .map((change) => ({
        key: keyOf(change.key),
        before: change.old_value === undefined ? null : readable(change.key, change.old_value, named),
        after: change.new_value === undefined ? null : readable(change.key, change.new_value, named),
      })),
    ...changes.flatMap(entrance),
  ];
}
