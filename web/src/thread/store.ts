/** Threads: starting, joining, leaving, listing. */
import { createSignal } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { can, channels, putChannel, putChannels, setThreadMember } from "~/channel/store";
import { Permission } from "~/guild/permissions";
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

/** A thread that is open by its address but not among the known ones: an archived one. */
export async function fetchThread(id: Id): Promise<void> {
  if (!channels[id]) putChannel(await api.get<Channel>(`/channels/${id}`));
}

export async function archivedThreads(channel: Id): Promise<Channel[]> {
  const list = await api.get<ThreadList>(`/channels/${channel}/threads/archived/public`, { limit: 50 });
  putChannels(list.threads);
  return list.threads;
}
