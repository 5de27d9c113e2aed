/** Asks before a friendship ends. */
import type { Asked } from "~/dialog/Dialogs";
import { Confirm } from "~/ui";
import { nameOf, users } from "~/user/store";
import { part } from "./store";

export default function RemoveFriend(props: Asked<"remove-friend">) {
  const name = () => {
    const user = users[props.asked.user];
    return user ? nameOf(user) : "this person";
  };
  return (
    <Confirm
      open
      onClose={props.onClose}
      title={`Remove ${name()} from your friends?`}
      about="You are no longer in each other's lists. What you wrote to each other stays."
      action="Remove friend"
      onConfirm={() => part(props.asked.user)}
    />
  );
}
