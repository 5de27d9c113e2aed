/** What one may do with a thread, as the server decides it. */
import type { Channel, Id } from "~/wire";

export interface Rights {
  /** Its name and when it archives itself. */
  edit: boolean;
  /** Slow mode and the lock, and throwing somebody out. */
  moderate: boolean;
  archive: boolean;
  reopen: boolean;
  /** Bringing somebody in. */
  invite: boolean;
  expel: boolean;
}

export function rightsIn(thread: Channel, me: Id, moderates: boolean, sends: boolean): Rights {
  const { archived = false, locked = false, invitable } = thread.thread_metadata ?? {};
  const owner = thread.owner_id === me;
  const changes = moderates || (owner && !locked);
  return {
    edit: changes && !archived,
    moderate: moderates,
    archive: changes && !archived,
    reopen: archived && (changes || (sends && !locked)),
    invite: sends && (invitable !== false || owner || moderates),
    expel: moderates || (owner && thread.type === 12),
  };
}
