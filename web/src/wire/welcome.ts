/** What newcomers of a guild are shown and asked. */
import type { Id } from "./id";
import type { PartialEmoji } from "./message";

export interface WelcomeChannel {
  channel_id: Id;
  description: string;
  emoji_id: Id | null;
  emoji_name: string | null;
}

export interface WelcomeScreen {
  description: string | null;
  welcome_channels: WelcomeChannel[];
}

export interface PromptOption {
  id: Id;
  title: string;
  description: string | null;
  emoji: PartialEmoji;
  role_ids: Id[];
  channel_ids: Id[];
}

export interface Prompt {
  id: Id;
  title: string;
  options: PromptOption[];
  single_select: boolean;
  required: boolean;
  in_onboarding: boolean;
  type: 0 | 1;
}

export interface Onboarding {
  guild_id: Id;
  prompts: Prompt[];
  default_channel_ids: Id[];
  enabled: boolean;
  mode: 0 | 1;
}

/** Flags of members. */
export const MemberFlag = { CompletedOnboarding: 2, StartedOnboarding: 8 } as const;

/** The form that newcomers fill in where members are let in by it. */
export interface FormField {
  field_type: "TERMS" | "TEXT_INPUT" | "PARAGRAPH" | "MULTIPLE_CHOICE";
  label: string;
  description?: string | null;
  required: boolean;
  placeholder?: string | null;
  /** Terms. */
  values?: string[] | null;
  choices?: string[] | null;
  response?: unknown;
}

export interface MemberVerification {
  version: string | null;
  form_fields: FormField[];
  description: string | null;
}
