/** Messages and what hangs on them. */
import type { Channel, ThreadMember } from "./channel";
import type { Component } from "./component";
import type { Member } from "./guild";
import type { Id } from "./id";
import type { Poll } from "./poll";
import type { StickerItem } from "./sticker";
import type { User } from "./user";

export const MessageKind = {
  Default: 0,
  RecipientAdd: 1,
  RecipientRemove: 2,
  Call: 3,
  ChannelNameChange: 4,
  ChannelIconChange: 5,
  Pinned: 6,
  UserJoin: 7,
  FollowAdd: 12,
  ThreadCreated: 18,
  Reply: 19,
  ChatInputCommand: 20,
  ThreadStarter: 21,
  ContextMenuCommand: 23,
  AutomodAction: 24,
  StageStart: 27,
  StageEnd: 28,
  StageSpeaker: 29,
  StageTopic: 31,
  PollResult: 46,
} as const;

export const MessageFlag = { SuppressEmbeds: 4, HasThread: 32, Ephemeral: 64, Loading: 128, Silent: 4096, Snapshot: 16384 } as const;

export interface Attachment {
  id: Id;
  filename: string;
  title?: string;
  description?: string;
  content_type?: string;
  size: number;
  url: string;
  proxy_url: string;
  width?: number;
  height?: number;
  placeholder?: string;
  duration_secs?: number;
  flags?: number;
}

export interface EmbedMedia {
  url: string;
  proxy_url?: string;
  width?: number;
  height?: number;
}

export interface Embed {
  type?: string;
  title?: string;
  description?: string;
  url?: string;
  timestamp?: string;
  color?: number;
  footer?: { text: string; icon_url?: string; proxy_icon_url?: string };
  image?: EmbedMedia;
  thumbnail?: EmbedMedia;
  video?: EmbedMedia;
  author?: { name: string; url?: string; icon_url?: string; proxy_icon_url?: string };
  provider?: { name?: string; url?: string };
  fields?: { name: string; value: string; inline?: boolean }[];
}

export interface PartialEmoji {
  id?: Id | null;
  name?: string | null;
  animated?: boolean;
}

export interface Reaction {
  emoji: PartialEmoji;
  count: number;
  me: boolean;
}

export interface MessageReference {
  type?: number;
  message_id?: Id;
  channel_id: Id;
  guild_id?: Id;
}

export type SnapshotMessage = Pick<
  Message,
  "content" | "timestamp" | "edited_timestamp" | "attachments" | "embeds" | "mentions" | "mention_roles" | "components"
>;

export interface Message {
  id: Id;
  channel_id: Id;
  guild_id?: Id;
  author: User;
  member?: Member;
  content: string;
  timestamp: string;
  edited_timestamp: string | null;
  mention_everyone: boolean;
  mentions: User[];
  mention_roles: Id[];
  attachments: Attachment[];
  embeds: Embed[];
  reactions?: Reaction[];
  nonce?: string | number | null;
  flags: number;
  pinned: boolean;
  webhook_id?: Id;
  type: number;
  application_id?: Id;
  message_reference?: MessageReference;
  referenced_message?: Message | null;
  message_snapshots?: { message: SnapshotMessage }[];
  interaction_metadata?: { user: User; name?: string } | null;
  interaction?: { id: Id; name: string; user: User } | null;
  thread?: Channel;
  components?: Component[];
  poll?: Poll | null;
  sticker_items?: StickerItem[];
}

export interface ReactionEvent {
  user_id: Id;
  channel_id: Id;
  message_id: Id;
  guild_id?: Id;
  member?: Member;
  emoji: PartialEmoji;
}

export interface Receipt {
  user_id: Id;
  delivered_id: Id | null;
  read_id: Id | null;
}

export interface ReadState {
  id: Id;
  last_message_id: Id | null;
  mention_count: number;
}

export interface SearchResult {
  total_results: number;
  messages: Message[][];
  threads?: Channel[];
  members?: ThreadMember[];
}

export interface PinList {
  items: { pinned_at: string; message: Message }[];
  has_more: boolean;
}
