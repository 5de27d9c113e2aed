/** Above oneself at the side: where one is in voice, from wherever one looks. */
import LogOut from "lucide-solid/icons/log-out";
import { Show } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { channelName } from "~/channel/store";
import { setDrawer } from "~/channel/panel";
import { guilds } from "~/guild/store";
import { IconButton } from "~/ui";
import { MuteButtons } from "./Mute";
import { leave, seat } from "./store";
import "./voice.css";

export function VoiceBar() {
  return (
    <Show when={seat()}>
      {(now) => (
        <section class="voice-bar" aria-label="Your place in voice">
          <button
            type="button"
            class="voice-bar-place grow"
            onClick={() => {
              setDrawer("none");
              navigate(channelPath(now().channel.guild_id, now().channel.id));
            }}
          >
            <span class="voice-bar-state">In voice</span>
            <span class="voice-bar-name truncate">
              {channelName(now().channel)} · {guilds[now().channel.guild_id ?? ""]?.name}
            </span>
          </button>
          <MuteButtons />
          <IconButton label="Leave voice" class="danger" onClick={leave}>
            <LogOut size={17} />
          </IconButton>
        </section>
      )}
    </Show>
  );
}
