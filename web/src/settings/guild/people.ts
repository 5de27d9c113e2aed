/** All members of a guild: those of large ones do not come by themselves. */
import { members, putMembers } from "~/member/store";
import { displayName } from "~/member/store";
import { api } from "~/net/rest";
import { users } from "~/user/store";
import type { Id, Member, User } from "~/wire";

const PAGE = 1000;
/** More than that are found by searching. */
const MOST = 20_000;

export async function fetchMembers(guild: Id): Promise<number> {
  let after = "0";
  let count = 0;
  while (count < MOST) {
    const page = await api.get<Member[]>(`/guilds/${guild}/members`, { limit: PAGE, after });
    putMembers(guild, page);
    count += page.length;
    const last = page.at(-1)?.user?.id;
    if (page.length < PAGE || !last) break;
    after = last;
  }
  return count;
}

export interface Face {
  user: User;
  name: string;
  roles: Id[];
  joined: string;
  until: string | null;
}

/** Members by name. */
export function facesOf(guild: Id): Face[] {
  return Object.entries(members[guild] ?? {})
    .flatMap(([id, member]) => {
      const user = users[id];
      if (!user || !member) return [];
      const until = member.communication_disabled_until ?? null;
      return [
        {
          user,
          name: displayName(guild, user),
          roles: member.roles,
          joined: member.joined_at,
          until: until && Date.parse(until) > Date.now() ? until : null,
        },
      ];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

export const matches = (face: Face, query: string): boolean => {
  const wanted = query.trim().toLowerCase();
  return (
    !wanted ||
    face.name.toLowerCase().includes(wanted) ||
    face.user.username.includes(wanted) ||
    face.user.id === wanted
  );
};
