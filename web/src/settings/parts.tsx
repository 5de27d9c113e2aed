/** What pages of settings are made of. */
import { type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { Icon } from "~/ui";

/** A part of a page with its heading. */
export function Section(props: {
  title?: string;
  about?: JSX.Element;
  tools?: JSX.Element;
  children: JSX.Element;
  danger?: boolean;
}) {
  return (
    <section class="set-section" classList={{ danger: props.danger ?? false }}>
      <Show when={props.title || props.about || props.tools}>
        <header class="set-section-head">
          <div class="grow">
            <Show when={props.title}>
              <h2>{props.title}</h2>
            </Show>
            <Show when={props.about}>
              <p class="set-about">{props.about}</p>
            </Show>
          </div>
          {props.tools}
        </header>
      </Show>
      {props.children}
    </section>
  );
}

/** A surface that holds what belongs together. */
export function Card(props: { children: JSX.Element; flush?: boolean; class?: string }) {
  return <div class={`set-card ${props.flush ? "flush" : ""} ${props.class ?? ""}`}>{props.children}</div>;
}

/** A name, a word about it, and what it can be set to. */
export function Line(props: { label: JSX.Element; note?: JSX.Element; icon?: Icon; children?: JSX.Element }) {
  return (
    <div class="set-line">
      <Show when={props.icon}>
        {(icon) => (
          <span class="set-line-icon">
            <Dynamic component={icon()} size={20} />
          </span>
        )}
      </Show>
      <div class="grow">
        <div class="set-line-label">{props.label}</div>
        <Show when={props.note}>
          <div class="field-note">{props.note}</div>
        </Show>
      </div>
      <Show when={props.children}>
        <div class="set-line-tools">{props.children}</div>
      </Show>
    </div>
  );
}

/** A few of which one is chosen, side by side. */
export function Segments<T extends string | number>(props: {
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: Icon; note?: string }[];
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  const move = (event: KeyboardEvent, by: number) => {
    event.preventDefault();
    const at = props.options.findIndex((one) => one.value === props.value);
    const next = props.options[(at + by + props.options.length) % props.options.length];
    if (!next) return;
    props.onChange(next.value);
    const list = (event.currentTarget as HTMLElement).parentElement;
    queueMicrotask(() => list?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus());
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowRight" || event.key === "ArrowDown") move(event, 1);
    if (event.key === "ArrowLeft" || event.key === "ArrowUp") move(event, -1);
  };
  return (
    <div class="segments" role="radiogroup" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          type="button"
          role="radio"
          class="segment"
          aria-checked={option.value === props.value}
          tabindex={option.value === props.value ? 0 : -1}
          disabled={props.disabled}
          onClick={() => props.onChange(option.value)}
          onKeyDown={onKey}
        >
          <Show when={option.icon}>{(icon) => <Dynamic component={icon()} size={16} />}</Show>
          <span>
            {option.label}
            <Show when={option.note}>
              <span class="segment-note">{option.note}</span>
            </Show>
          </span>
        </button>
      ))}
    </div>
  );
}

export function SearchBox(props: { label: string; value: string; onChange: (value: string) => void; wide?: boolean }) {
  return (
    <input
      type="search"
      class="field-input set-search"
      classList={{ wide: props.wide ?? false }}
      aria-label={props.label}
      placeholder={props.label}
      value={props.value}
      autocomplete="off"
      onInput={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}
