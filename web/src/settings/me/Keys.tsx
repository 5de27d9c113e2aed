/** What keys do. */
import { For } from "solid-js";
import { SHORTCUTS } from "~/app/shortcuts";
import { Card, Section } from "../parts";

const WORDS = ["in", "an", "on", "a", "empty", "box", "handle"];

const HERE = [
  { keys: "Escape", does: "Close settings" },
  { keys: "Tab / Shift Tab", does: "Next or previous control" },
  { keys: "↑ / ↓ on a handle", does: "Move a role up or down" },
];

export function Keys() {
  return (
    <>
      <Section title="Everywhere" about="On a Mac, Ctrl is ⌘ and Alt is ⌥.">
        <List keys={SHORTCUTS} />
      </Section>
      <Section title="In settings">
        <List keys={HERE} />
      </Section>
    </>
  );
}

function List(props: { keys: { keys: string; does: string }[] }) {
  return (
    <Card flush>
      <For each={props.keys}>
        {(one) => (
          <div class="set-row key-row">
            <span class="grow">{one.does}</span>
            <span class="set-keys">
              <For each={one.keys.split(" ")}>
                {(key, index) =>
                  // The last one is a key, whatever it is.
                  (key === "/" && index() < one.keys.split(" ").length - 1) || WORDS.includes(key) ? (
                    <span class="muted">{key}</span>
                  ) : (
                    <kbd>{key}</kbd>
                  )
                }
              </For>
            </span>
          </div>
        )}
      </For>
    </Card>
  );
}
