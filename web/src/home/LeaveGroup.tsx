/** Leaving a group of friends. */
import { navigate, openChannel } from "~/app/router";
import { channelName, channels } from "~/channel/store";
import type { Asked } from "~/dialog/Dialogs";
import { api } from "~/net/rest";
import { Confirm } from "~/ui";

export default function LeaveGroup(props: Asked<"leave-group">) {
  const known = channels[props.asked.channel];
  const leave = async () => {
    await api.delete(`/channels/${props.asked.channel}`);
    if (openChannel() === props.asked.channel) navigate("/channels/@me");
  };
  return (
    <Confirm
      open
      onClose={props.onClose}
      title={`Leave ${known ? channelName(known) : "the group"}?`}
      about="You come back only if somebody of it adds you again."
      action="Leave"
      onConfirm={leave}
    />
  );
}
