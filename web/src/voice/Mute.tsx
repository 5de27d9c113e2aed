/** Muting oneself, and hearing nothing. */
import Headphones from "lucide-solid/icons/headphones";
import HeadphoneOff from "lucide-solid/icons/headphone-off";
import Mic from "lucide-solid/icons/mic";
import MicOff from "lucide-solid/icons/mic-off";
import { Show } from "solid-js";
import { IconButton } from "~/ui";
import { deaf, muted, toggleDeaf, toggleMuted } from "./store";

export function MuteButtons() {
  return (
    <>
      <IconButton
        label={muted() || deaf() ? "Unmute yourself" : "Mute yourself"}
        class={muted() || deaf() ? "voice-off" : ""}
        onClick={toggleMuted}
      >
        <Show when={muted() || deaf()} fallback={<Mic size={19} />}>
          <MicOff size={19} />
        </Show>
      </IconButton>
      <IconButton label={deaf() ? "Hear again" : "Hear nothing"} class={deaf() ? "voice-off" : ""} onClick={toggleDeaf}>
        <Show when={deaf()} fallback={<Headphones size={19} />}>
          <HeadphoneOff size={19} />
        </Show>
      </IconButton>
    </>
  );
}
