/** Warnings: words of a moderator to a member, kept. */
import { own } from "~/net/rest";
import type { Id } from "~/wire";

export interface Warning {
  id: Id;
  guild_id: Id;
  user_id: Id;
  moderator_id: Id | null;
  reason: string;
  created_at: string;
}

const path = (guild: Id, user: Id): string => `/guilds/${guild}/members/${user}`;

export const warn = (guild: Id, user: Id, reason: string): Promise<Warning> =>
  own.post(`${path(guild, user)}/warn`, { reason });
export const warningsOf = (guild: Id, user: Id): Promise<Warning[]> => own.get(`${path(guild, user)}/warnings`);
export const takeBack = (warning: Warning): Promise<void> =>
  own.delete(`${path(warning.guild_id, warning.user_id)}/warnings/${warning.id}`);
