/** Leaving a guild. */
import type { Asked } from "~/dialog/Dialogs";
import { api } from "~/net/rest";
import { Confirm } from "~/ui";
import { guilds } from "./store";

export default function LeaveGuild(props: Asked<"leave-guild">) {
  const name = guilds[props.asked.guild]?.name ?? "the guild";
  return (
    <Confirm
      open
      onClose={props.onClose}
      title={`Leave ${name}?`}
      about="You come back only if somebody invites you again."
      action="Leave"
      onConfirm={() => api.delete(`/users/@me/guilds/${props.asked.guild}`)}
    />
  );
}
