/** What goes with a message: files, and where it is allowed a poll. */
import ChartBar from "lucide-solid/icons/chart-bar-big";
import CirclePlus from "lucide-solid/icons/circle-plus";
import Upload from "lucide-solid/icons/upload";
import { Show } from "solid-js";
import { can } from "~/channel/store";
import { openDialog } from "~/dialog/store";
import { Permission } from "~/guild/permissions";
import { IconButton, Menu } from "~/ui";
import type { Channel } from "~/wire";

export function AddMenu(props: { channel: Channel; onFiles: () => void }) {
  return (
    <Show
      when={can(props.channel, Permission.SendPolls)}
      fallback={
        <IconButton label="Attach files" onClick={() => props.onFiles()}>
          <CirclePlus size={21} />
        </IconButton>
      }
    >
      <Menu
        label="Add to the message"
        placement="top-start"
        trigger={<CirclePlus size={21} />}
        entries={[
          can(props.channel, Permission.AttachFiles) && { label: "Upload files", icon: Upload, act: () => props.onFiles() },
          {
            label: "Make a poll",
            icon: ChartBar,
            act: () => openDialog({ kind: "poll", channel: props.channel.id }),
          },
        ]}
      />
    </Show>
  );
}
