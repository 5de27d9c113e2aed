/** Pinned messages of a channel. */
import PinIcon from "lucide-solid/icons/pin";
import X from "lucide-solid/icons/x";
import { For, Match, Show, Switch } from "solid-js";
import { closePanel } from "~/channel/panel";
import { createLoaded } from "~/net/loaded";
import { mayPin, togglePin } from "~/message/act";
import { Preview } from "~/message/Preview";
import { api } from "~/net/rest";
import { Empty, Failed, SkeletonRows } from "~/ui";
import { Panel } from "~/ui/Panel";
import type { Channel, PinList } from "~/wire";

export function PinsPanel(props: { channel: Channel }) {
  const key = () => ({ id: props.channel.id, at: props.channel.last_pin_timestamp });
  const pins = createLoaded(key, ({ id }) => api.get<PinList>(`/channels/${id}/messages/pins`));
  return (
    <Panel title="Pinned messages" onClose={closePanel}>
      <div class="panel-body">
        <Switch>
          <Match when={pins.error()}>
            <Failed error={pins.error()} onRetry={() => pins.again()} />
          </Match>
          <Match when={pins.loading() && !pins.value()}>
            <SkeletonRows rows={4} />
          </Match>
          <Match when={pins.value()?.items.length === 0}>
            <Empty icon={PinIcon} title="Nothing pinned">
              <p>What is worth finding again can be pinned from a message's menu.</p>
            </Empty>
          </Match>
          <Match when={pins.value()}>
            <For each={pins.value()?.items}>
              {(item) => (
                <Preview
                  message={item.message}
                  tools={
                    <Show when={mayPin(item.message)}>
                      <button
                        type="button"
                        class="icon-button"
                        aria-label="Unpin"
                        onClick={() => void togglePin({ ...item.message, pinned: true }).then(() => pins.again())}
                      >
                        <X size={16} />
                      </button>
                    </Show>
                  }
                />
              )}
            </For>
          </Match>
        </Switch>
      </div>
    </Panel>
  );
}
