/** Channels: of guilds, threads and direct messages. */
import type { Id } from "./id";
import type { User } from "./user";

export const ChannelKind = {
  Text: 0,
  Dm: 1,
  Voice: 2,
  GroupDm: 3,
  Category: 4,
  Announcement: 5,
  AnnouncementThread: 10,
  PublicThread: 11,
  PrivateThread: 12,
  Stage: 13,
  Forum: 15,
  Media: 16,
} as const;

export interface Overwrite {
  id: Id;
  type: 0 | 1;
  allow: string;
  deny: string;
}

export interface ThreadMetadata {
  archived: boolean;
  archive_timestamp: string;
  auto_archive_duration: number;
  locked: boolean;
  invitable?: boolean;
  create_timestamp?: string | null;
}

export interface ThreadMember {
  id: Id;
  user_id: Id;
  join_timestamp: string;
  flags: number;
}

export interface ForumTag {
  id: Id;
  name: string;
  moderated: boolean;
  emoji_id: Id | null;
  emoji_name: string | null;
}

/** How posts of a forum are put in order, and how they are shown. */
export const SortOrder = { LatestActivity: 0, CreationDate: 1 } as const;
export const ForumLayout = { NotSet: 0, List: 1, Gallery: 2 } as const;
export const ChannelFlag = { Pinned: 1 << 1, RequireTag: 1 << 4 } as const;

export interface Channel {
  id: Id;
  type: number;
  guild_id?: Id;
  name?: string | null;
  parent_id?: Id | null;
  position?: number;
  permission_overwrites?: Overwrite[];
  topic?: string | null;
  nsfw?: boolean;
  last_message_id?: Id | null;
  last_pin_timestamp?: string | null;
  rate_limit_per_user?: number;
  bitrate?: number;
  user_limit?: number;
  recipients?: User[];
  icon?: string | null;
  owner_id?: Id;
  thread_metadata?: ThreadMetadata;
  message_count?: number;
  member_count?: number;
  member?: ThreadMember;
  newly_created?: boolean;
  locked?: boolean;
  /** Of a lock: who stands at this role or above writes on. */
  lock_role_id?: Id;
  archived?: boolean;
  flags?: number;
  available_tags?: ForumTag[];
  applied_tags?: Id[];
  default_reaction_emoji?: { emoji_id: Id | null; emoji_name: string | null } | null;
  default_sort_order?: number | null;
  default_forum_layout?: number;
  total_message_sent?: number;
}

export interface ThreadList {
  threads: Channel[];
  members: ThreadMember[];
  has_more?: boolean;
}

export const isThread = (channel: Pick<Channel, "type">): boolean => channel.type >= 10 && channel.type <= 12;
export const isPrivate = (channel: Channel): boolean =>
  channel.type === ChannelKind.Dm || channel.type === ChannelKind.GroupDm;
export const isVoice = (channel: Pick<Channel, "type">): boolean =>
  channel.type === ChannelKind.Voice || channel.type === ChannelKind.Stage;
/** Channels that hold posts instead of messages. */
export const isForum = (channel: Pick<Channel, "type">): boolean =>
  channel.type === ChannelKind.Forum || channel.type === ChannelKind.Media;
export const isText = (channel: Channel): boolean =>
  channel.type === ChannelKind.Text || channel.type === ChannelKind.Announcement;
