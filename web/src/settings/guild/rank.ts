/** Who stands above whom: nobody changes what does not stand below them. */
import { rolesByRank } from "~/guild/store";
import { rolesOf } from "~/member/store";
import { myId } from "~/user/store";
import type { Id, Role } from "~/wire";
import { guild, guildId, owns } from "./context";

/** Position of one's highest role; owners stand above all. */
export const myTop = (): number => (owns() ? Number.POSITIVE_INFINITY : (rolesOf(guildId(), myId())[0]?.position ?? 0));

export const below = (role: Pick<Role, "position">): boolean => role.position < myTop();

/** Roles but everybody's, highest first. */
export const roles = (): Role[] => rolesByRank(guildId()).filter((role) => role.id !== guildId());

export const everyone = (): Role | undefined => guild()?.roles.find((role) => role.id === guildId());

/** Roles that one may give and take: below one's own, and nobody else's. */
export const givable = (): Role[] => roles().filter((role) => below(role) && !role.managed);

export const roleById = (id: Id): Role | undefined => guild()?.roles.find((role) => role.id === id);
