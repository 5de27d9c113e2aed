/** Which dialog is open: one at a time. */
import { createSignal } from "solid-js";
import type { Id, Message } from "~/wire";

export type DialogName =
  | { kind: "add-guild" }
  | { kind: "invite"; guild: Id; channel: Id }
  | { kind: "create-channel"; guild: Id; parent: Id | null; type: number }
  | { kind: "edit-channel"; channel: Id }
  | { kind: "delete-channel"; channel: Id }
  | { kind: "lock-channel"; channel: Id }
  | { kind: "edit-thread"; thread: Id }
  | { kind: "add-to-thread"; thread: Id }
  | { kind: "leave-guild"; guild: Id }
  | { kind: "own-profile"; guild: Id }
  | { kind: "new-group"; channel?: Id }
  | { kind: "edit-group"; channel: Id }
  | { kind: "leave-group"; channel: Id }
  | { kind: "remove-friend"; user: Id }
  | { kind: "forward"; message: Message }
  | { kind: "poll"; channel: Id }
  | { kind: "events"; guild: Id }
  | { kind: "browse-channels"; guild: Id }
  | { kind: "linked-roles"; guild: Id }
  | { kind: "status" }
  | { kind: "switcher" }
  | { kind: "shortcuts" };

const [dialog, setDialog] = createSignal<DialogName | null>(null);
export { dialog };
export const openDialog = (next: DialogName): void => void setDialog(next);
export const closeDialog = (): void => void setDialog(null);
