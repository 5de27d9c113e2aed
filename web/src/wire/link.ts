/** Linked roles: what they ask of people, and what applications say of somebody. */
import type { Id } from "./id";

export interface LinkField {
  /** How it is compared: 1–4 numbers, 5–6 moments, 7–8 yes or no. */
  type: number;
  key: string;
  name: string;
  description: string;
}

/** One thing that is asked; with no field, any connection is enough. */
export interface LinkRule {
  connection_type: "application";
  application_id: Id;
  connection_metadata_field: string | null;
  operator: number | null;
  value: string | null;
}

export interface LinkCheck extends LinkRule {
  name: string | null;
  description: string | null;
  result: boolean;
}

/** An application of a guild that can be asked, and what it says of oneself. */
export interface LinkSource {
  id: Id;
  name: string;
  icon: string | null;
  description: string;
  role_connections_verification_url: string | null;
  fields: LinkField[];
  connected: { platform_name?: string | null; platform_username?: string | null; metadata: Record<string, string> } | null;
}
