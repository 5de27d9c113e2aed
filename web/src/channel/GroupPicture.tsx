/** The picture of a group of friends, or its first letters. */
import { groupIcon } from "~/net/cdn";
import { Picture } from "~/ui";
import type { Channel } from "~/wire";
import { channelName } from "./store";

export function GroupPicture(props: { channel: Channel; size: number }) {
  const icon = () => props.channel.icon;
  return (
    <span class="avatar" style={{ width: `${props.size}px`, height: `${props.size}px` }}>
      <Picture
        src={icon() ? groupIcon(props.channel.id, icon() as string, props.size) : null}
        name={channelName(props.channel)}
        id={props.channel.id}
        size={props.size}
      />
    </span>
  );
}
