/** What one can do about what is between oneself and somebody, by how it stands. */
import Check from "lucide-solid/icons/check";
import UserMinus from "lucide-solid/icons/user-minus";
import UserPlus from "lucide-solid/icons/user-plus";
import X from "lucide-solid/icons/x";
import { openDialog } from "~/dialog/store";
import type { Icon } from "~/ui/Menu";
import { attempt } from "~/ui/Toast";
import { myId, users } from "~/user/store";
import { type Id, RelationshipKind } from "~/wire";
import { befriend, part, relationships } from "./store";

export interface Deed {
  label: string;
  icon: Icon;
  act: () => void;
}

export function deedsWith(user: Id): Deed[] {
  if (user === myId()) return [];
  switch (relationships[user]?.type) {
    case RelationshipKind.Friend:
      return [{ label: "Remove friend", icon: UserMinus, act: () => openDialog({ kind: "remove-friend", user }) }];
    case RelationshipKind.Incoming:
      return [
        { label: "Accept", icon: Check, act: () => void attempt(befriend(user), "You are friends now.") },
        { label: "Decline", icon: X, act: () => void attempt(part(user)) },
      ];
    case RelationshipKind.Outgoing:
      return [{ label: "Take the request back", icon: X, act: () => void attempt(part(user)) }];
    case RelationshipKind.Blocked:
      return [{ label: "Unblock", icon: UserPlus, act: () => void attempt(part(user), "Unblocked.") }];
    default:
      if (users[user]?.bot) return [];
      return [{ label: "Add friend", icon: UserPlus, act: () => void attempt(befriend(user), "Asked.") }];
  }
}

/** How it stands, in words; nothing where nobody asked anybody. */
export function relationWords(user: Id): string {
  switch (relationships[user]?.type) {
    case RelationshipKind.Friend:
      return "Friend";
    case RelationshipKind.Incoming:
      return "Wants to be your friend";
    case RelationshipKind.Outgoing:
      return "Asked to be your friend";
    case RelationshipKind.Blocked:
      return "Blocked";
    default:
      return "";
  }
}
