/** Whether a newcomer may write in a guild already: its verification level, as the server counts it. */
import { memberOf } from "~/member/store";
import { isPast } from "~/net/clock";
import { timeOf } from "~/net/snowflake";
import { account, myId } from "~/user/store";
import type { Id } from "~/wire";
import { guilds } from "./store";

const MINUTE = 60_000;

export interface Newcomer {
  /** Whether the account has an e-mail address. */
  email: boolean;
  /** When the account was made, and when they became a member, in Unix milliseconds. */
  made: number;
  joined: number;
}

/** What a newcomer of a guild has to wait for: a moment, or an address that they have to give. 0 where it is nothing. */
export function waitsFor(level: number, { email, made, joined }: Newcomer): number | "email" {
  if (level >= 1 && !email) return "email";
  return Math.max(level >= 2 ? made + 5 * MINUTE : 0, level >= 3 ? joined + 10 * MINUTE : 0);
}

/** What oneself has to wait for; null where one may write. Who has a role is no newcomer. */
export function verificationIn(guild: Id): number | "email" | null {
  const level = guilds[guild]?.verification_level ?? 0;
  const { me } = account;
  if (level === 0 || !me || guilds[guild]?.owner_id === me.id) return null;
  const member = memberOf(guild, myId());
  if (!member || member.roles.length > 0) return null;
  const waits = waitsFor(level, { email: Boolean(me.email), made: timeOf(me.id), joined: Date.parse(member.joined_at) });
  return waits === "email" || !isPast(waits) ? waits : null;
}
