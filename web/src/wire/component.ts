/** Components of messages and modals, and commands of applications. */
import type { Id } from "./id";
import type { PartialEmoji } from "./message";
import type { User } from "./user";

export const ComponentKind = {
  Row: 1,
  Button: 2,
  StringSelect: 3,
  TextInput: 4,
  UserSelect: 5,
  RoleSelect: 6,
  MentionableSelect: 7,
  ChannelSelect: 8,
  Section: 9,
  TextDisplay: 10,
  Thumbnail: 11,
  MediaGallery: 12,
  File: 13,
  Separator: 14,
  Container: 17,
  Label: 18,
  FileUpload: 19,
  RadioGroup: 21,
  CheckboxGroup: 22,
  Checkbox: 23,
} as const;

export interface SelectOption {
  label: string;
  value: string;
  description?: string;
  emoji?: PartialEmoji;
  default?: boolean;
}

/** A picture, film or file that a component shows. */
export interface ComponentMedia {
  url: string;
  proxy_url?: string;
  content_type?: string;
  /** Of files of the message. */
  attachment_id?: Id;
  width?: number | null;
  height?: number | null;
}

/** All kinds in one shape: which fields there are follows from `type`. */
export interface Component {
  type: number;
  id?: number;
  custom_id?: string;
  components?: Component[];
  component?: Component;
  accessory?: Component;
  style?: number;
  label?: string;
  description?: string;
  emoji?: PartialEmoji;
  url?: string;
  disabled?: boolean;
  placeholder?: string;
  min_values?: number;
  max_values?: number;
  options?: SelectOption[];
  channel_types?: number[];
  content?: string;
  default_values?: { id: Id; type: "user" | "role" | "channel" }[];
  media?: ComponentMedia;
  items?: { media: ComponentMedia; description?: string; spoiler?: boolean }[];
  /** Of files, with `name` and `size`. */
  file?: ComponentMedia;
  name?: string | null;
  size?: number | null;
  spoiler?: boolean;
  accent_color?: number | null;
  divider?: boolean;
  spacing?: number;
  value?: string;
  values?: string[];
  /** Of a checkbox: ticked from the start. */
  default?: boolean;
  required?: boolean;
  min_length?: number;
  max_length?: number;
}

export interface Modal {
  id: Id;
  nonce?: string | null;
  channel_id: Id;
  custom_id: string;
  title: string;
  components: Component[];
  application: { id: Id; name: string };
}

export const OptionKind = {
  SubCommand: 1,
  SubCommandGroup: 2,
  String: 3,
  Integer: 4,
  Boolean: 5,
  User: 6,
  Channel: 7,
  Role: 8,
  Mentionable: 9,
  Number: 10,
  Attachment: 11,
} as const;

export interface Choice {
  name: string;
  value: string | number;
}

export interface CommandOption {
  type: number;
  name: string;
  description: string;
  required?: boolean;
  choices?: Choice[];
  options?: CommandOption[];
  autocomplete?: boolean;
  channel_types?: number[];
  min_value?: number;
  max_value?: number;
  min_length?: number;
  max_length?: number;
}

export interface Command {
  id: Id;
  application_id: Id;
  version: Id;
  type: number;
  name: string;
  description: string;
  options?: CommandOption[];
  guild_id?: Id;
}

export interface CommandIndex {
  applications: { id: Id; name: string; icon?: string | null; bot?: User | null }[];
  application_commands: Command[];
}
