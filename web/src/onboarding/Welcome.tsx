/** The screen that greets whoever has just joined. */
import ChevronRight from "lucide-solid/icons/chevron-right";
import Hash from "lucide-solid/icons/hash";
import { For, Show } from "solid-js";
import { navigate } from "~/app/router";
import { channelName, channels } from "~/channel/store";
import { guilds } from "~/guild/store";
import { createLoaded } from "~/net/loaded";
import { api } from "~/net/rest";
import { Dialog } from "~/ui";
import type { WelcomeScreen } from "~/wire";
import { greeted, greeting, wasAsked } from "./store";
import { Face } from "~/emoji/Face";
import "./onboarding.css";

export function WelcomeLayer() {
  const guild = () => {
    const id = greeting();
    const known = id ? guilds[id] : undefined;
    return known?.features.includes("WELCOME_SCREEN_ENABLED") && !wasAsked(known.id) ? known : undefined;
  };
  const screen = createLoaded(
    () => guild()?.id,
    (id) => api.get<WelcomeScreen>(`/guilds/${id}/welcome-screen`),
  );
  const open = (channel: string) => {
    const id = guild()?.id;
    greeted();
    navigate(`/channels/${id}/${channel}`);
  };
  return (
    <Show when={guild() && screen.value()}>
      {(found) => (
        <Dialog
          open
          onClose={greeted}
          title={`Welcome to ${guild()?.name ?? ""}`}
          about={found().description ?? undefined}
          width={480}
        >
          <Show when={found().welcome_channels.length > 0}>
            <ul class="welcome-channels" aria-label="Where to begin">
              <For each={found().welcome_channels}>
                {(one) => (
                  <Show when={channels[one.channel_id]}>
                    {(channel) => (
                      <li>
                        <button type="button" class="answer" onClick={() => open(one.channel_id)}>
                          <Show when={one.emoji_name || one.emoji_id} fallback={<Hash size={22} />}>
                            <Face emoji={{ id: one.emoji_id, name: one.emoji_name }} />
                          </Show>
                          <span class="grow">
                            <span class="answer-title">{one.description}</span>
                            <span class="answer-about">#{channelName(channel())}</span>
                          </span>
                          <ChevronRight size={18} />
                        </button>
                      </li>
                    )}
                  </Show>
                )}
              </For>
            </ul>
          </Show>
        </Dialog>
      )}
    </Show>
  );
}
