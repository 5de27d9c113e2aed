/** Changing a channel where one is: the editor of the guild's settings in a window. */
import { Show } from "solid-js";
import type { Asked } from "~/dialog/Dialogs";
import { ChannelEditor } from "~/settings/guild/ChannelEditor";
import { leave } from "~/settings/guard";
import { Dialog } from "~/ui";
import { ChannelKind } from "~/wire";
import { channels } from "./store";
import "~/settings/settings.css";

export default function EditChannel(props: Asked<"edit-channel">) {
  const channel = () => channels[props.asked.channel];
  return (
    <Show when={channel()}>
      {(known) => (
        <Dialog
          open
          onClose={() => leave(() => props.onClose())}
          title={known().type === ChannelKind.Category ? "Edit the category" : "Edit the channel"}
          width={760}
        >
          <div class="settings-in channel-editor">
            <ChannelEditor id={known().id} onGone={props.onClose} />
          </div>
        </Dialog>
      )}
    </Show>
  );
}
