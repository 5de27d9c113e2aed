/** Polls of messages. */
import type { Id } from "./id";
import type { PartialEmoji } from "./message";

export interface PollMedia {
  text?: string;
  emoji?: PartialEmoji;
}

export interface PollAnswer {
  answer_id: number;
  poll_media: PollMedia;
}

export interface PollCount {
  id: number;
  count: number;
  me_voted: boolean;
}

export interface Poll {
  question: PollMedia;
  answers: PollAnswer[];
  expiry: string | null;
  allow_multiselect: boolean;
  layout_type: number;
  results?: { is_finalized: boolean; answer_counts: PollCount[] };
}

export interface PollVote {
  user_id: Id;
  channel_id: Id;
  message_id: Id;
  guild_id?: Id;
  answer_id: number;
}
