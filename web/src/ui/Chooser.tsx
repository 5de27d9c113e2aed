/** One or several of a list that is searched by typing: chips for what was chosen, and the list over the page. */
import Check from "lucide-solid/icons/check";
import Down from "lucide-solid/icons/chevron-down";
import X from "lucide-solid/icons/x";
import { createEffect, createMemo, createSignal, createUniqueId, For, type JSX, on, onCleanup, Show } from "solid-js";
import { Portal } from "solid-js/web";
import { OVER_ALL } from "./Popover";

export interface Chosen {
  value: string;
  label: string;
  about?: string | undefined;
  face?: () => JSX.Element;
}

interface ChooserProps {
  label: string;
  hideLabel?: boolean;
  note?: JSX.Element;
  placeholder?: string;
  options: readonly Chosen[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** How many at most; with one, a choice takes the place of the one before. */
  most?: number;
  /** May be left without a choice. */
  clearable?: boolean;
  disabled?: boolean;
  required?: boolean;
  /** Hears what is typed: what is not known here can be asked for. */
  onQuery?: (query: string) => void;
}

/** More than that is found by typing. */
const SHOWN = 50;
const ROOM = 288;

export function Chooser(props: ChooserProps) {
  const id = createUniqueId();
  const [open, setOpen] = createSignal(false);
  const [query, setQuery] = createSignal("");
  const [at, setAt] = createSignal(0);
  const [place, setPlace] = createSignal<JSX.CSSProperties>({});
  let box: HTMLDivElement | undefined;
  let input: HTMLInputElement | undefined;
  let list: HTMLDivElement | undefined;

  const single = () => (props.most ?? 1) === 1;
  const full = () => !single() && props.value.length >= (props.most ?? 1);
  const chosen = () => props.value.map((value) => props.options.find((one) => one.value === value) ?? { value, label: value });
  const found = createMemo(() => {
    const wanted = query().trim().toLowerCase();
    return props.options
      .filter((one) => one.label.toLowerCase().includes(wanted) || one.about?.toLowerCase().includes(wanted))
      .slice(0, SHOWN);
  });
  const isChosen = (one: Chosen) => props.value.includes(one.value);
  const isOff = (one: Chosen) => full() && !isChosen(one);

  const measure = () => {
    if (!box) return;
    const around = box.getBoundingClientRect();
    const below = innerHeight - around.bottom - 12;
    const above = around.top - 12;
    const up = below < Math.min(ROOM, 40 * props.options.length + 12) && above > below;
    setPlace({
      left: `${around.left}px`,
      width: `${around.width}px`,
      "max-height": `${Math.min(ROOM, up ? above : below)}px`,
      ...(up ? { bottom: `${innerHeight - around.top + 4}px` } : { top: `${around.bottom + 4}px` }),
    });
  };
  const show = () => {
    if (props.disabled || open()) return;
    measure();
    setAt(Math.max(0, single() ? found().findIndex(isChosen) : 0));
    setOpen(true);
    props.onQuery?.("");
  };
  const hide = () => {
    setOpen(false);
    setQuery("");
  };
  createEffect(
    on(open, (now) => {
      if (!now) return;
      addEventListener("scroll", measure, true);
      addEventListener("resize", measure);
      onCleanup(() => {
        removeEventListener("scroll", measure, true);
        removeEventListener("resize", measure);
      });
    }),
  );
  // Chips move the box.
  createEffect(on([() => props.value, found], () => open() && queueMicrotask(measure), { defer: true }));
  createEffect(() => open() && list?.querySelector(`[data-at="${at()}"]`)?.scrollIntoView({ block: "nearest" }));

  const drop = (value: string) => props.onChange(props.value.filter((one) => one !== value));
  const take = (one: Chosen) => {
    if (isOff(one)) return;
    if (single()) {
      props.onChange([one.value]);
      return hide();
    }
    if (isChosen(one)) drop(one.value);
    else props.onChange([...props.value, one.value]);
    setQuery("");
    input?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const all = found();
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (!open()) return show();
        if (all.length > 0) setAt((now) => (now + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length);
        return;
      case "Enter": {
        const one = all[at()];
        event.preventDefault();
        if (!open()) return show();
        if (one) take(one);
        return;
      }
      case "Escape":
        if (!open()) return;
        event.preventDefault();
        event.stopPropagation();
        return hide();
      case "Backspace": {
        const last = props.value.at(-1);
        if (!query() && last && (!single() || props.clearable)) drop(last);
      }
    }
  };
  /** In a field of one, its name stands where one types. */
  const text = () => (open() || !single() ? query() : (chosen()[0]?.label ?? ""));
  const hint = () => {
    if (single() && open()) return chosen()[0]?.label ?? props.placeholder ?? "Search";
    return props.value.length > 0 ? "" : (props.placeholder ?? (single() ? "Choose one" : "Choose"));
  };
  return (
    <div class="field chooser">
      <label class="field-label" classList={{ "visually-hidden": props.hideLabel }} for={id}>
        {props.label}
      </label>
      <div
        class="field-input chooser-box"
        classList={{ open: open(), off: props.disabled }}
        ref={box}
        onMouseDown={(event) => {
          if (event.target === input || (event.target as HTMLElement).closest("button")) return;
          event.preventDefault();
          input?.focus();
          show();
        }}
      >
        <Show when={!single()}>
          <For each={chosen()}>
            {(one) => (
              <span class="chip">
                <span class="truncate">{one.label}</span>
                <button type="button" aria-label={`Remove ${one.label}`} disabled={props.disabled} onClick={() => drop(one.value)}>
                  <X size={12} />
                </button>
              </span>
            )}
          </For>
        </Show>
        <input
          id={id}
          ref={input}
          class="chooser-input"
          role="combobox"
          aria-expanded={open()}
          aria-controls={open() ? `${id}-list` : undefined}
          aria-activedescendant={open() && found().length > 0 ? `${id}-${at()}` : undefined}
          aria-autocomplete="list"
          aria-required={props.required ?? false}
          aria-describedby={props.note ? `${id}-note` : undefined}
          autocomplete="off"
          spellcheck={false}
          disabled={props.disabled}
          placeholder={hint()}
          value={text()}
          onInput={(event) => {
            const typed = event.currentTarget.value;
            show();
            setQuery(typed);
            setAt(0);
            props.onQuery?.(typed);
          }}
          onClick={show}
          onKeyDown={onKey}
          onBlur={hide}
        />
        <Show
          when={single() && props.clearable && props.value.length > 0 && !props.disabled}
          fallback={<Down size={16} class="chooser-mark" aria-hidden="true" />}
        >
          <button type="button" class="chooser-clear" aria-label={`Clear ${props.label}`} onClick={() => props.onChange([])}>
            <X size={14} />
          </button>
        </Show>
      </div>
      <Show when={props.note}>
        <div class="field-note" id={`${id}-note`}>
          {props.note}
        </div>
      </Show>
      <Show when={open()}>
        <Portal>
          <div
            {...OVER_ALL}
            class="chooser-list"
            role="listbox"
            id={`${id}-list`}
            aria-label={props.label}
            aria-multiselectable={!single()}
            style={place()}
            ref={list}
            onMouseDown={(event) => event.preventDefault()}
          >
            <For each={found()} fallback={<p class="chooser-none">{query().trim() ? "Nothing of that name." : "There is nothing to choose."}</p>}>
              {(one, index) => (
                <div
                  role="option"
                  tabIndex={-1}
                  id={`${id}-${index()}`}
                  class="chooser-option"
                  classList={{ at: index() === at() }}
                  data-at={index()}
                  aria-selected={isChosen(one)}
                  aria-disabled={isOff(one)}
                  onPointerMove={() => setAt(index())}
                  onClick={() => take(one)}
                >
                  {one.face?.()}
                  <span class="grow">
                    <span class="chooser-label">{one.label}</span>
                    <Show when={one.about}>
                      <span class="chooser-about">{one.about}</span>
                    </Show>
                  </span>
                  <Show when={isChosen(one)}>
                    <Check size={16} class="chooser-tick" aria-hidden="true" />
                  </Show>
                </div>
              )}
            </For>
          </div>
        </Portal>
      </Show>
    </div>
  );
}
