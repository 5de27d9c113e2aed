/** Threads: starting, joining, leaving, listing. */
import { createSignal } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { can, channels, dropChannel, putChannel, putChannels, setThreadMember } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { ApiError } from "~/net/error";
import { api } from "~/net/rest";
import { myId } from "~/user/store";
import { type Channel, type Id, isText, type Message, type ThreadList } from "~/wire";

/** What a new thread is started from: a message, or a channel. */
const [starting, setStarting] = createSignal<{ channel: Id; message?: Message } | null>(null);
export { setStarting, starting };

export const mayStartThread = (channel: Channel): boolean =>
  Boolean(channel.guild_id) && isText(channel) && can(channel, Permission.CreatePublicThreads);

export const startThreadFrom = (message: Message): void => void setStarting({ channel: message.channel_id, message });

export async function startThread(channel: Id, name: string, message: Message | undefined, closed: boolean): Promise<void> {
  const body = { name, auto_archive_duration: 4320 };
  const thread = message
    ? await api.post<Channel>(`/channels/${channel}/messages/${message.id}/threads`, body)
    : await api.post<Channel>(`/channels/${channel}/threads`, { ...body, type: closed ? 12 : 11 });
  putChannel({ ...thread, member: thread.member ?? ownMember(thread.id) });
  navigate(channelPath(thread.guild_id, thread.id));
}

const ownMember = (thread: Id) => ({ id: thread, user_id: myId(), join_timestamp: new Date().toISOString(), flags: 0 });

export async function joinThread(thread: Id): Promise<void> {
  await api.put(`/channels/${thread}/thread-members/@me`);
  setThreadMember(ownMember(thread), thread);
}

export async function leaveThread(thread: Id): Promise<void> {
  await api.delete(`/channels/${thread}/thread-members/@me`);
  setThreadMember(undefined, thread);
}

/** Makes sure that a channel is known of which no event told: an archived thread. */
export async function fetchChannel(id: Id): Promise<void> {
  if (!channels[id]) putChannel(await api.get<Channel>(`/channels/${id}`));
}

const asked = new Set<Id>();

/** Asks after the thread that a message says it has, once: it may be archived, or gone. */
export function askAfter(id: Id): void {
  if (channels[id] || asked.has(id)) return;
  asked.add(id);
  fetchChannel(id).catch((error: unknown) => {
    // Without an answer it is asked again.
    if (!(error instanceof ApiError) || error.offline || error.status >= 500) asked.delete(id);
  });
}

/** Asks again after an archived thread that was kept over a session that could not be resumed. */
export async function recheck(id: Id): Promise<void> {
  try {
    putChannel(await api.get<Channel>(`/channels/${id}`));
  } catch (error) {
    if (error instanceof ApiError && [403, 404].includes(error.status)) dropChannel(id);
  }
}

/** Takes in threads that a list named, with one's own part in them. */
export function learnThreads(list: Pick<ThreadList, "threads" | "members">): void {
  putChannels(list.threads);
  for (const member of list.members) setThreadMember(member, member.id);
}

/** Archived threads as far as they were asked for, and where the lists go on. */
export interface Archive {
  ids: Id[];
  rest: { path: string; before?: string }[];
}

const PAGE = 50;

/** The lists in which a channel's archived threads stand: private ones are one's own, or all of them for moderators. */
function listsOf(channel: Channel): Archive["rest"] {
  const all = `/channels/${channel.id}/threads/archived`;
  const closed = can(channel, Permission.ManageThreads)
    ? `${all}/private`
    : `/channels/${channel.id}/users/@me/threads/archived/private`;
  return [{ path: `${all}/public` }, { path: closed }];
}

/** Where a page of a list ends: lists of one's own go by id, the others by when a thread was archived. */
const endOf = (path: string, last: Channel): string =>
  path.includes("@me") ? last.id : (last.thread_metadata?.archive_timestamp ?? "");

/** The latest archived threads, or those that come after `known`. */
export async function archivedThreads(channel: Channel, known?: Archive): Promise<Archive> {
  const asked = known?.rest ?? listsOf(channel);
  const lists = await Promise.all(asked.map((one) => api.get<ThreadList>(one.path, { limit: PAGE, before: one.before })));
  const rest: Archive["rest"] = [];
  const ids = new Set(known?.ids);
  for (const [index, list] of lists.entries()) {
    learnThreads(list);
    for (const thread of list.threads) ids.add(thread.id);
    const path = asked[index]?.path ?? "";
    const last = list.threads.at(-1);
    if (list.has_more && last) rest.push({ path, before: endOf(path, last) });
  }
  return { ids: [...ids], rest };
}
