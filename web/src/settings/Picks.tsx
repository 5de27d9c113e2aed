/** Several of a list: what was chosen as chips, and a window with a search to choose more. */
import Plus from "lucide-solid/icons/plus";
import X from "lucide-solid/icons/x";
import { createSignal, For, Show } from "solid-js";
import { Popover } from "~/ui";
import { SearchBox } from "./parts";

export interface Pickable {
  value: string;
  label: string;
  color?: string | undefined;
}

interface PicksProps {
  label: string;
  note?: string;
  error?: string | undefined;
  options: readonly Pickable[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  most?: number;
  empty?: string;
}

export function Picks(props: PicksProps) {
  const [query, setQuery] = createSignal("");
  const chosen = () => props.value.map((value) => props.options.find((one) => one.value === value) ?? { value, label: value });
  const found = () => props.options.filter((one) => one.label.toLowerCase().includes(query().trim().toLowerCase()));
  const full = () => props.most !== undefined && props.value.length >= props.most;
  const toggle = (value: string, on: boolean) =>
    props.onChange(on ? [...props.value, value] : props.value.filter((other) => other !== value));
  return (
    <div class="field" role="group" aria-label={props.label}>
      <div class="field-label">{props.label}</div>
      <div class="role-chips picks">
        <For each={chosen()} fallback={<Show when={props.empty}><span class="field-note">{props.empty}</span></Show>}>
          {(one) => (
            <span class="chip">
              <Show when={"color" in one}>
                <span class="chip-dot" style={{ background: one.color }} />
              </Show>
              <span class="truncate">{one.label}</span>
              <button type="button" aria-label={`Remove ${one.label}`} onClick={() => toggle(one.value, false)}>
                <X size={12} />
              </button>
            </span>
          )}
        </For>
        <Popover
          class="chip chip-add"
          label={`Choose: ${props.label}`}
          placement="bottom-start"
          trigger={<Plus size={14} />}
          onOpenChange={() => setQuery("")}
        >
          <div class="role-pop">
            <SearchBox label="Search" value={query()} onChange={setQuery} wide />
            <div class="role-pop-list">
              <For each={found()} fallback={<p class="muted small">Nothing of that name.</p>}>
                {(one) => (
                  <label class="role-pop-line">
                    <Show when={"color" in one}>
                      <span class="chip-dot" style={{ background: one.color }} />
                    </Show>
                    <span class="grow truncate">{one.label}</span>
                    <input
                      type="checkbox"
                      checked={props.value.includes(one.value)}
                      disabled={full() && !props.value.includes(one.value)}
                      onChange={(event) => toggle(one.value, event.currentTarget.checked)}
                    />
                  </label>
                )}
              </For>
            </div>
          </div>
        </Popover>
      </div>
      <Show when={props.note}>
        <div class="field-note">{props.note}</div>
      </Show>
      <Show when={props.error}>
        <div class="field-error">{props.error}</div>
      </Show>
    </div>
  );
}
