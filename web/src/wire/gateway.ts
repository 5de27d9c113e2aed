/** The gateway: frames, READY and the bodies of events. */
import type { Channel, ThreadMember } from "./channel";
import type { Command, Modal } from "./component";
import type { EventException, EventUser, ScheduledEvent } from "./event";
import type { Emoji, Guild, GuildCreate, GuildMember, Member, Role, StageInstance, VoiceState } from "./guild";
import type { Id } from "./id";
import type { Message, PartialEmoji, ReactionEvent, ReadState, Receipt } from "./message";
import type { Sound, Sticker, VoiceEffect } from "./sticker";
import type { PollVote } from "./poll";
import type { CurrentUser, Presence, Relationship, User, UserGuildSettings, UserSettings } from "./user";

export const Op = {
  Dispatch: 0,
  Heartbeat: 1,
  Identify: 2,
  PresenceUpdate: 3,
  VoiceStateUpdate: 4,
  Resume: 6,
  Reconnect: 7,
  RequestMembers: 8,
  InvalidSession: 9,
  Hello: 10,
  HeartbeatAck: 11,
} as const;

export interface Frame {
  op: number;
  d: unknown;
  s: number | null;
  t: string | null;
}

export interface Ready {
  user: CurrentUser;
  guilds: { id: Id; unavailable?: boolean }[];
  session_id: string;
  resume_gateway_url: string;
  private_channels: Channel[];
  relationships: Relationship[];
  presences: Presence[];
  user_settings: UserSettings;
  read_state: { entries: ReadState[] };
  user_guild_settings: { entries: UserGuildSettings[] };
}

/** How a microphone is listened to, as long as its owner chose nothing else. */
export interface VoiceCapture {
  noise_suppression: boolean;
  echo_cancellation: boolean;
  automatic_gain_control: boolean;
}

export interface Instance {
  name: string;
  description: string;
  version: string;
  registration: "open" | "invite" | "closed";
  setup_needed: boolean;
  read_only: boolean;
  slow_mode_seconds: number;
  passkeys: boolean;
  limits: { message_length: number; attachment_bytes: number; attachments: number };
  idle_after_minutes: number;
  /** Whether there is a list of guilds that anybody comes into. */
  discovery: boolean;
  voice_capture: VoiceCapture;
}

interface Deleted {
  id: Id;
  channel_id: Id;
  guild_id?: Id;
}

interface ReactionClear {
  channel_id: Id;
  message_id: Id;
  emoji?: PartialEmoji;
}

/** Names of events with their bodies. */
export interface Events {
  READY: Ready;
  RESUMED: unknown;
  GUILD_CREATE: GuildCreate;
  GUILD_UPDATE: Guild;
  GUILD_DELETE: { id: Id; unavailable?: boolean };
  GUILD_ROLE_CREATE: { guild_id: Id; role: Role };
  GUILD_ROLE_UPDATE: { guild_id: Id; role: Role };
  GUILD_ROLE_DELETE: { guild_id: Id; role_id: Id };
  GUILD_MEMBER_ADD: GuildMember;
  GUILD_MEMBER_UPDATE: GuildMember;
  GUILD_MEMBER_REMOVE: { guild_id: Id; user: User };
  GUILD_MEMBERS_CHUNK: {
    guild_id: Id;
    members: Member[];
    chunk_index: number;
    chunk_count: number;
    presences?: Presence[];
    nonce?: string;
  };
  GUILD_EMOJIS_UPDATE: { guild_id: Id; emojis: Emoji[] };
  GUILD_STICKERS_UPDATE: { guild_id: Id; stickers: Sticker[] };
  CHANNEL_CREATE: Channel;
  CHANNEL_UPDATE: Channel;
  CHANNEL_DELETE: Channel;
  CHANNEL_PINS_UPDATE: { channel_id: Id; guild_id?: Id; last_pin_timestamp: string | null };
  CHANNEL_RECIPIENT_ADD: { channel_id: Id; user: User };
  CHANNEL_RECIPIENT_REMOVE: { channel_id: Id; user: User };
  THREAD_CREATE: Channel;
  THREAD_UPDATE: Channel;
  THREAD_DELETE: { id: Id; guild_id: Id; parent_id: Id | null };
  THREAD_LIST_SYNC: { guild_id: Id; threads: Channel[]; members: ThreadMember[] };
  THREAD_MEMBER_UPDATE: ThreadMember & { guild_id?: Id };
  THREAD_MEMBERS_UPDATE: {
    id: Id;
    guild_id: Id;
    member_count: number;
    added_members: ThreadMember[];
    removed_member_ids: Id[];
  };
  MESSAGE_CREATE: Message;
  MESSAGE_UPDATE: Partial<Message> & { id: Id; channel_id: Id };
  MESSAGE_DELETE: Deleted;
  MESSAGE_DELETE_BULK: { ids: Id[]; channel_id: Id };
  MESSAGE_REACTION_ADD: ReactionEvent;
  MESSAGE_REACTION_REMOVE: ReactionEvent;
  MESSAGE_REACTION_REMOVE_ALL: ReactionClear;
  MESSAGE_REACTION_REMOVE_EMOJI: ReactionClear;
  GUILD_SCHEDULED_EVENT_CREATE: ScheduledEvent;
  GUILD_SCHEDULED_EVENT_UPDATE: ScheduledEvent;
  GUILD_SCHEDULED_EVENT_DELETE: ScheduledEvent;
  GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE: EventException & { guild_id: Id };
  GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE: EventException & { guild_id: Id };
  GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE: EventException & { guild_id: Id };
  GUILD_SCHEDULED_EVENT_USER_ADD: EventUser;
  GUILD_SCHEDULED_EVENT_USER_REMOVE: EventUser;
  MESSAGE_POLL_VOTE_ADD: PollVote;
  MESSAGE_POLL_VOTE_REMOVE: PollVote;
  MESSAGE_ACK: { channel_id: Id; message_id: Id; mention_count: number };
  TYPING_START: { channel_id: Id; guild_id?: Id; user_id: Id; timestamp: number; member?: Member };
  PRESENCE_UPDATE: Presence;
  VOICE_STATE_UPDATE: VoiceState;
  VOICE_CHANNEL_EFFECT_SEND: VoiceEffect;
  STAGE_INSTANCE_CREATE: StageInstance;
  STAGE_INSTANCE_UPDATE: StageInstance;
  STAGE_INSTANCE_DELETE: StageInstance;
  GUILD_SOUNDBOARD_SOUND_CREATE: Sound;
  GUILD_SOUNDBOARD_SOUND_UPDATE: Sound;
  GUILD_SOUNDBOARD_SOUND_DELETE: { sound_id: Id; guild_id: Id };
  USER_UPDATE: CurrentUser;
  USER_SETTINGS_UPDATE: UserSettings;
  USER_GUILD_SETTINGS_UPDATE: UserGuildSettings;
  RELATIONSHIP_ADD: Relationship;
  RELATIONSHIP_UPDATE: Relationship;
  RELATIONSHIP_REMOVE: { id: Id };
  INTERACTION_SUCCESS: { id: Id; nonce?: string | null };
  INTERACTION_FAILURE: { id: Id; nonce?: string | null };
  INTERACTION_MODAL_CREATE: Modal;
  APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE: {
    nonce?: string | null;
    choices: { name: string; value: string | number }[];
  };
  GUILDHALL_RECEIPT_UPDATE: Receipt & { channel_id: Id };
  GUILDHALL_INSTANCE_UPDATE: Instance;
}

export type EventName = keyof Events;
export type { Command };
