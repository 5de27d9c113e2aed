/** Deleting a channel, a category or a thread. */
import type { Asked } from "~/dialog/Dialogs";
import { api } from "~/net/rest";
import { Confirm } from "~/ui";
import { ChannelKind, isThread } from "~/wire";
import { channelName, channels } from "./store";

export default function DeleteChannel(props: Asked<"delete-channel">) {
  const channel = channels[props.asked.channel];
  const name = channel ? channelName(channel) : "the channel";
  const category = channel?.type === ChannelKind.Category;
  const what = category ? "category" : channel && isThread(channel) ? "thread" : "channel";
  return (
    <Confirm
      open
      onClose={props.onClose}
      title={`Delete ${name}?`}
      about={
        category
          ? "Its channels stay, without a category."
          : `The ${what} goes with all of its messages. This cannot be taken back.`
      }
      action={`Delete the ${what}`}
      onConfirm={() => api.delete(`/channels/${props.asked.channel}`)}
    />
  );
}
