/** A few ways of which one is chosen: what is below follows it. */
import { For } from "solid-js";

interface TabsProps<Value extends string> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; label: string; count?: number }[];
}

export function Tabs<Value extends string>(props: TabsProps<Value>) {
  let bar: HTMLDivElement | undefined;
  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = props.options.findIndex((one) => one.value === props.value);
    const next = (at + by + props.options.length) % props.options.length;
    const option = props.options[next];
    if (option) props.onChange(option.value);
    bar?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={props.label} ref={bar} onKeyDown={step}>
      <For each={props.options}>
        {(option) => (
          <button
            type="button"
            class="tab"
            role="tab"
            aria-selected={option.value === props.value}
            tabindex={option.value === props.value ? 0 : -1}
            onClick={() => props.onChange(option.value)}
          >
            {option.label}
            {option.count ? <span class="badge">{option.count}</span> : null}
          </button>
        )}
      </For>
    </div>
  );
}
