/** Who is in a thread: asked for when its list is shown, kept by events from then on. */
import { createStore } from "solid-js/store";
import { can, channels } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { putMembers } from "~/member/store";
import { api } from "~/net/rest";
import { myId } from "~/user/store";
import type { Channel, Id, Member, ThreadMember } from "~/wire";
import { type Rights, rightsIn } from "./rights";

const [inside, set] = createStore<Record<Id, Id[]>>({});
const PAGE = 100;

/** Nothing where nobody asked yet. */
export const membersIn = (thread: Id): readonly Id[] | undefined => inside[thread];

export async function askMembers(thread: Channel): Promise<void> {
  const all: Id[] = [];
  for (;;) {
    const query = { with_member: true, limit: PAGE, after: all.at(-1) };
    const page = await api.get<(ThreadMember & { member?: Member })[]>(`/channels/${thread.id}/thread-members`, query);
    all.push(...page.map((one) => one.user_id));
    if (thread.guild_id) putMembers(thread.guild_id, page.flatMap((one) => one.member ?? []));
    if (page.length < PAGE) break;
  }
  set(thread.id, all);
}

export function changeMembers(thread: Id, added: readonly Id[], removed: readonly Id[]): void {
  if (!inside[thread]) return;
  set(thread, (all) => [...all.filter((id) => !removed.includes(id) && !added.includes(id)), ...added]);
}

/** A new session: what happened meanwhile was told to nobody. */
export function forgetMembers(thread: Id): void {
  if (inside[thread]) set({ [thread]: undefined as never });
}

export const rightsOf = (thread: Channel): Rights =>
  rightsIn(thread, myId(), can(thread, Permission.ManageThreads), can(thread, Permission.SendInThreads));

export async function addToThread(thread: Id, user: Id): Promise<void> {
  await api.put(`/channels/${thread}/thread-members/${user}`);
  changeMembers(thread, [user], []);
}

export async function takeFromThread(thread: Id, user: Id): Promise<void> {
  await api.delete(`/channels/${thread}/thread-members/${user}`);
  changeMembers(thread, [], [user]);
}

export const openThread = (id: Id | undefined): Channel | undefined => {
  const channel = id ? channels[id] : undefined;
  return channel && channel.type >= 10 && channel.type <= 12 ? channel : undefined;
};
