/** Events of the gateway to the stores: one line a name. */
import { batch, createSignal } from "solid-js";
import * as channel from "~/channel/store";
import * as event from "~/event/store";
import * as forum from "~/forum/store";
import * as guild from "~/guild/store";
import { forgetSought } from "~/member/seek";
import * as member from "~/member/store";
import * as message from "~/message/store";
import { onSent, resend } from "~/message/outbox";
import { spoken } from "~/message/rows";
import * as presence from "~/presence/store";
import * as read from "~/read/store";
import * as relationship from "~/relationship/store";
import * as sound from "~/sound/store";
import * as stage from "~/stage/store";
import { recheck } from "~/thread/store";
import * as user from "~/user/store";
import * as voice from "~/voice/store";
import { compareIds } from "~/net/snowflake";
import type { Channel, EventName, Events, GuildCreate, Id, Ready } from "~/wire";
import { answered } from "~/command/interaction";
import { callsMe, noticed } from "./notify";
import { navigate, openChannel, place } from "./router";
import { setInstance } from "./session";
import { changeMembers } from "~/thread/members";
import { slowDown } from "~/composer/slow";

const [ready, setReady] = createSignal(false);
/** Whether the first READY and all of its guilds came. */
export { ready };

/** Guilds of READY that are still to come. */
let awaited = new Set<Id>();
let connectedBefore = false;

function started(body: Ready): void {
  voice.noteSession(body.session_id);
  user.setMe(body.user);
  user.setSettings(body.user_settings);
  for (const one of body.user_guild_settings.entries) user.setNotification(one);
  relationship.resetRelationships(body.relationships);
  channel.resetChannels(null, body.private_channels);
  read.resetReads(body.read_state.entries);
  presence.forgetPresences();
  presence.setPresences(body.presences);
  awaited = new Set(body.guilds.map((one) => one.id));
  for (const id of Object.keys(guild.guilds)) if (!awaited.has(id)) forgetGuild(id);
  // What happened between two sessions was told to nobody: it is read again.
  if (connectedBefore) message.reconcileLogs(openChannel());
  resend();
  connectedBefore = true;
  if (awaited.size === 0) setReady(true);
}

function guildCame(body: GuildCreate): void {
  const { channels, threads, members, presences, voice_states, ...more } = body;
  const { guild_scheduled_events, stage_instances, soundboard_sounds, ...rest } = more;
  guild.putGuild(rest);
  member.putMembers(body.id, members, true);
  forgetSought(body.id);
  channel.resetChannels(body.id, [...channels, ...threads]);
  // Nobody was told what became of an archived thread that is open.
  const open = channel.channels[openChannel() ?? ""];
  if (open?.guild_id === body.id && open.thread_metadata?.archived) void recheck(open.id);
  presence.setPresences(presences);
  presence.setVoices(body.id, voice_states);
  event.resetEvents(body.id, guild_scheduled_events ?? []);
  stage.resetStages(body.id, stage_instances ?? []);
  sound.resetSounds(body.id, soundboard_sounds ?? []);
  // Only once the session says that it is there.
  queueMicrotask(() => voice.sitAgain(body.id));
  awaited.delete(body.id);
  if (awaited.size === 0) setReady(true);
}

/** Nothing of a guild stays: whoever comes back to it reads it again. */
function forgetGuild(id: Id): void {
  for (const one of Object.values(channel.channels)) if (one?.guild_id === id) message.dropLog(one.id);
  guild.dropGuild(id);
  member.dropMembers(id);
  forgetSought(id);
  channel.dropChannels(id);
  stage.resetStages(id, []);
  presence.setVoices(id, []);
}

function guildWent({ id, unavailable }: Events["GUILD_DELETE"]): void {
  if (unavailable) return;
  forgetGuild(id);
  awaited.delete(id);
  const now = place();
  if ((now.kind === "guild" || now.kind === "guild-settings") && now.guild === id) navigate("/channels/@me", { force: true });
}

function channelWent({ id }: { id: Id }): void {
  const gone = channel.channels[id];
  channel.dropChannel(id);
  message.dropLog(id);
  if (openChannel() === id) navigate(`/channels/${gone?.guild_id ?? "@me"}`, { replace: true, force: true });
}

function threadCame(body: Channel): void {
  channel.putChannel(body);
  const parent = body.newly_created ? forum.forumOf(body) : undefined;
  // A forum's newest message is the newest of its posts.
  if (parent) channel.noteLastMessage(parent.id, body.id);
  if (body.newly_created && body.owner_id === user.myId()) {
    channel.setThreadMember(
      { id: body.id, user_id: user.myId(), join_timestamp: new Date().toISOString(), flags: 0 },
      body.id,
    );
  }
}

function said(body: Events["MESSAGE_CREATE"]): void {
  message.receive(body);
  forum.noteFirst(body);
  channel.noteLastMessage(body.channel_id, body.id);
  if (spoken(body)) channel.countMessage(body.channel_id);
  channel.stopTyping(body.channel_id, body.author.id);
  if (body.author.id === user.myId()) {
    // Whoever writes has read.
    const known = read.reads[body.channel_id];
    if (!known?.last || compareIds(body.id, known.last) > 0) read.noteRead(body.channel_id, body.id, 0);
    return;
  }
  if (callsMe(body)) read.countMention(body.channel_id);
  noticed(body);
}

type Table = { [Name in EventName]?: (body: Events[Name]) => void };

const table: Table = {
  READY: started,
  RESUMED: resend,
  GUILD_CREATE: guildCame,
  GUILD_UPDATE: guild.updateGuild,
  GUILD_DELETE: guildWent,
  GUILD_ROLE_CREATE: (body) => guild.putRole(body.guild_id, body.role),
  GUILD_ROLE_UPDATE: (body) => guild.putRole(body.guild_id, body.role),
  GUILD_ROLE_DELETE: (body) => guild.dropRole(body.guild_id, body.role_id),
  GUILD_EMOJIS_UPDATE: (body) => guild.setEmojis(body.guild_id, body.emojis),
  GUILD_STICKERS_UPDATE: (body) => guild.setStickers(body.guild_id, body.stickers),
  GUILD_MEMBER_ADD: (body) => {
    member.putMembers(body.guild_id, [body]);
    guild.countMember(body.guild_id, 1);
  },
  GUILD_MEMBER_UPDATE: (body) => member.putMembers(body.guild_id, [body]),
  GUILD_MEMBER_REMOVE: (body) => {
    member.dropMember(body.guild_id, body.user.id);
    guild.countMember(body.guild_id, -1);
  },
  GUILD_MEMBERS_CHUNK: (body) => {
    member.putMembers(body.guild_id, body.members);
    presence.setPresences(body.presences ?? []);
  },
  CHANNEL_CREATE: channel.putChannel,
  CHANNEL_UPDATE: channel.putChannel,
  CHANNEL_DELETE: channelWent,
  CHANNEL_PINS_UPDATE: (body) => channel.notePins(body.channel_id, body.last_pin_timestamp),
  CHANNEL_RECIPIENT_ADD: (body) => {
    user.learnUser(body.user);
    channel.changeRecipients(body.channel_id, (all) => [...all.filter((one) => one.id !== body.user.id), body.user]);
  },
  CHANNEL_RECIPIENT_REMOVE: (body) =>
    channel.changeRecipients(body.channel_id, (all) => all.filter((one) => one.id !== body.user.id)),
  THREAD_CREATE: threadCame,
  THREAD_UPDATE: channel.putChannel,
  THREAD_DELETE: channelWent,
  THREAD_LIST_SYNC: (body) => {
    channel.putChannels(body.threads);
    for (const one of body.members) channel.setThreadMember(one, one.id);
  },
  THREAD_MEMBER_UPDATE: (body) => channel.setThreadMember(body, body.id),
  THREAD_MEMBERS_UPDATE: (body) => {
    channel.countThread(body.id, body.member_count);
    if (body.removed_member_ids.includes(user.myId())) channel.setThreadMember(undefined, body.id);
    changeMembers(
      body.id,
      body.added_members.map((one) => one.user_id),
      body.removed_member_ids,
    );
    const mine = body.added_members.find((one) => one.user_id === user.myId());
    if (mine) channel.setThreadMember(mine, body.id);
  },
  MESSAGE_CREATE: said,
  MESSAGE_UPDATE: (body) => {
    message.edit(body);
    forum.changeFirst(body);
  },
  MESSAGE_DELETE: (body) => {
    message.erase(body.channel_id, [body.id]);
    forum.dropFirsts([body.id]);
  },
  MESSAGE_DELETE_BULK: (body) => {
    message.erase(body.channel_id, body.ids);
    forum.dropFirsts(body.ids);
  },
  MESSAGE_REACTION_ADD: (body) => {
    message.reacted(body, 1);
    forum.countReaction(body, 1);
  },
  MESSAGE_REACTION_REMOVE: (body) => {
    message.reacted(body, -1);
    forum.countReaction(body, -1);
  },
  MESSAGE_REACTION_REMOVE_ALL: message.unreacted,
  MESSAGE_REACTION_REMOVE_EMOJI: message.unreacted,
  GUILD_SCHEDULED_EVENT_CREATE: event.putEvent,
  GUILD_SCHEDULED_EVENT_UPDATE: event.putEvent,
  GUILD_SCHEDULED_EVENT_DELETE: event.dropEvent,
  GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE: event.putException,
  GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE: event.putException,
  GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE: event.dropException,
  GUILD_SCHEDULED_EVENT_USER_ADD: (body) => event.countInterest(body, 1),
  GUILD_SCHEDULED_EVENT_USER_REMOVE: (body) => event.countInterest(body, -1),
  MESSAGE_POLL_VOTE_ADD: (body) => message.voted(body, 1),
  MESSAGE_POLL_VOTE_REMOVE: (body) => message.voted(body, -1),
  MESSAGE_ACK: (body) => read.acknowledged(body.channel_id, body.message_id, body.mention_count),
  TYPING_START: (body) => channel.noteTyping(body.channel_id, body.user_id),
  PRESENCE_UPDATE: presence.setPresence,
  VOICE_STATE_UPDATE: (body) => {
    if (body.guild_id && body.member) member.putMembers(body.guild_id, [body.member]);
    presence.setVoice(body);
    voice.followed(body);
  },
  VOICE_CHANNEL_EFFECT_SEND: sound.played,
  STAGE_INSTANCE_CREATE: stage.putStage,
  STAGE_INSTANCE_UPDATE: stage.putStage,
  STAGE_INSTANCE_DELETE: stage.dropStage,
  GUILD_SOUNDBOARD_SOUND_CREATE: sound.putSound,
  GUILD_SOUNDBOARD_SOUND_UPDATE: sound.putSound,
  GUILD_SOUNDBOARD_SOUND_DELETE: sound.dropSound,
  USER_UPDATE: user.setMe,
  USER_SETTINGS_UPDATE: user.setSettings,
  USER_GUILD_SETTINGS_UPDATE: user.setNotification,
  RELATIONSHIP_ADD: relationship.setRelationship,
  RELATIONSHIP_UPDATE: relationship.setRelationship,
  RELATIONSHIP_REMOVE: (body) => relationship.dropRelationship(body.id),
  INTERACTION_SUCCESS: (body) => answered("INTERACTION_SUCCESS", body),
  INTERACTION_FAILURE: (body) => answered("INTERACTION_FAILURE", body),
  INTERACTION_MODAL_CREATE: (body) => answered("INTERACTION_MODAL_CREATE", body),
  APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE: (body) => answered("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE", body),
  GUILDHALL_RECEIPT_UPDATE: read.setReceipt,
  GUILDHALL_INSTANCE_UPDATE: (body) => setInstance(body),
};

onSent((body) => {
  message.receive(body);
  channel.noteLastMessage(body.channel_id, body.id);
}, slowDown);

export function hear<Name extends EventName>(name: Name, body: Events[Name]): void {
  const handler = table[name] as ((body: Events[Name]) => void) | undefined;
  if (handler) batch(() => handler(body));
}
