/** The keys that work everywhere. */
import { For } from "solid-js";
import type { Asked } from "~/dialog/Dialogs";
import { Dialog } from "~/ui";
import { SHORTCUTS } from "./shortcuts";

export default function ShortcutList(props: Asked<"shortcuts">) {
  return (
    <Dialog open onClose={props.onClose} title="Keys" width={520}>
      <dl class="keys">
        <For each={SHORTCUTS}>
          {(one) => (
            <div class="keys-line">
              <dt>
                <For each={one.keys.split(" ")}>{(key) => (key === "/" || key.length > 9 ? <span>{key}</span> : <kbd>{key}</kbd>)}</For>
              </dt>
              <dd>{one.does}</dd>
            </div>
          )}
        </For>
      </dl>
    </Dialog>
  );
}
