/** Asking for members of large guilds: of those, only who is there comes at first. */
import { createSignal } from "solid-js";
import { guilds } from "~/guild/store";
import { sendFrame } from "~/net/socket";
import { type Id, Op } from "~/wire";

/** Guilds all of whose members were asked for. */
const whole = new Set<Id>();
/** Beginnings of names that were asked for, by guild. */
const sought = new Map<Id, Set<string>>();
/** As many as a list of suggestions shows, and a few more. */
const MOST = 25;
const PAUSE_MS = 200;
let timer: ReturnType<typeof setTimeout> | undefined;

const [turn, setTurn] = createSignal(0);
/** Changes whenever something was forgotten: lists ask again. */
export const forgotten = turn;

/** What came of a guild came anew: what was heard before is not known any more. */
export function forgetSought(guild: Id): void {
  setTurn((now) => now + 1);
  whole.delete(guild);
  sought.delete(guild);
}

/** Everybody: for the list of members. */
export function seekAll(guild: Id): void {
  if (!guilds[guild]?.large || whole.has(guild)) return;
  if (sendFrame(Op.RequestMembers, { guild_id: guild, query: "", limit: 0, presences: true })) whole.add(guild);
}

/** Those whose names begin so, once somebody has stopped typing for a moment. */
export function seekMembers(guild: Id | undefined, query: string): void {
  clearTimeout(timer);
  const wanted = query.trim().toLowerCase();
  if (!guild || !guilds[guild]?.large || whole.has(guild) || sought.get(guild)?.has(wanted)) return;
  timer = setTimeout(() => {
    const asked = sendFrame(Op.RequestMembers, { guild_id: guild, query: wanted, limit: MOST, presences: true });
    if (asked) sought.set(guild, (sought.get(guild) ?? new Set()).add(wanted));
  }, PAUSE_MS);
}
