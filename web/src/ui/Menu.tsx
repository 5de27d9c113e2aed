/** Menus: under a button, and where the pointer is. Both take the same list of items. */
import { DropdownMenu as Kobalte } from "@kobalte/core/dropdown-menu";
import Check from "lucide-solid/icons/check";
import Right from "lucide-solid/icons/chevron-right";
import { type Component, createSignal, For, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { OVER_ALL } from "./Popover";

export type Icon = Component<{ size?: number | string }>;

export type MenuEntry =
  | { label: string; icon?: Icon; act: () => void; danger?: boolean; disabled?: boolean; about?: string; checked?: boolean; end?: JSX.Element }
  /** A menu of its own beside it; what is in it may still come while it is open. */
  | { label: string; icon?: Icon; entries: () => MenuEntry[] }
  | "line"
  | null
  | false
  | ""
  | undefined;

function Entries(props: { entries: MenuEntry[] }) {
  return (
    <For each={props.entries}>
      {(entry) => {
        if (!entry) return null;
        if (entry === "line") return <Kobalte.Separator class="menu-line" />;
        if ("entries" in entry) return <Branch entry={entry} />;
        return (
          <Kobalte.Item
            class="menu-item"
            classList={{ danger: entry.danger ?? false }}
            disabled={entry.disabled ?? false}
            onSelect={entry.act}
            {...(entry.checked === undefined ? {} : { role: "menuitemradio", "aria-checked": entry.checked })}
          >
            <span>{entry.label}</span>
            <Show when={entry.about}>
              <span class="menu-end truncate">{entry.about}</span>
            </Show>
            {entry.end}
            <Show when={entry.checked}>
              <Check size={16} aria-hidden="true" />
            </Show>
            <Show when={entry.icon}>{(icon) => <Dynamic component={icon()} size={16} />}</Show>
          </Kobalte.Item>
        );
      }}
    </For>
  );
}

function Branch(props: { entry: { label: string; icon?: Icon; entries: () => MenuEntry[] } }) {
  return (
    <Kobalte.Sub gutter={8} shift={-6} overflowPadding={8} overlap>
      <Kobalte.SubTrigger class="menu-item">
        <span>{props.entry.label}</span>
        <Show when={props.entry.icon}>{(icon) => <Dynamic component={icon()} size={16} />}</Show>
        <Right size={14} class="menu-more" aria-hidden="true" />
      </Kobalte.SubTrigger>
      <Kobalte.Portal>
        <Kobalte.SubContent {...OVER_ALL} class="menu menu-sub">
          <Entries entries={props.entry.entries()} />
        </Kobalte.SubContent>
      </Kobalte.Portal>
    </Kobalte.Sub>
  );
}

interface MenuProps {
  label: string;
  trigger: JSX.Element;
  entries: MenuEntry[];
  class?: string;
  placement?: "bottom-start" | "bottom-end" | "top-start" | "top-end" | "right-start" | "bottom";
  onOpenChange?: (open: boolean) => void;
}

export function Menu(props: MenuProps) {
  return (
    <Kobalte
      placement={props.placement ?? "bottom-start"}
      gutter={6}
      onOpenChange={props.onOpenChange}
      modal={false}
      preventScroll={false}
    >
      <Kobalte.Trigger class={props.class ?? "icon-button"} aria-label={props.label}>
        {props.trigger}
      </Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content {...OVER_ALL} class="menu">
          <Entries entries={props.entries} />
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  );
}

interface At {
  x: number;
  y: number;
  entries: MenuEntry[];
}

const [at, setAt] = createSignal<At | null>(null);

/** Opens a menu where the pointer is: one for the whole client. */
export const openMenu = (x: number, y: number, entries: MenuEntry[]): void => void setAt({ x, y, entries });

/** Does something when menus are gone and whoever opened them has the focus back: what closes as focus goes elsewhere opens then. */
export function afterMenu(then: () => void): void {
  requestAnimationFrame(() => (document.querySelector("[role=menu]") ? afterMenu(then) : setTimeout(then)));
}

/** How long a finger rests until it means the menu. */
const LONG_TOUCH = 480;

/** Links that lead away keep the browser's own menu; those that are a row of the client have the row's. */
const leadsAway = (link: HTMLAnchorElement | null): boolean => link !== null && link.target !== "";

/** Handlers that open a menu on the right button, the menu key, and a long touch. */
export function menuOn(entries: () => MenuEntry[]) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opened = false;
  const stop = () => clearTimeout(timer);
  return {
    onContextMenu: (event: MouseEvent) => {
      const target = event.target as HTMLElement;
      // Where one writes and what one selected keep the browser's own menu too.
      if (target.closest("textarea, input") || leadsAway(target.closest("a")) || !getSelection()?.isCollapsed) return;
      event.preventDefault();
      event.stopPropagation();
      stop();
      openMenu(event.clientX, event.clientY, entries());
    },
    onTouchStart: (event: TouchEvent) => {
      stop();
      opened = false;
      const touch = event.touches[0];
      if (event.touches.length !== 1 || !touch) return;
      timer = setTimeout(() => {
        getSelection()?.removeAllRanges();
        opened = true;
        openMenu(touch.clientX, touch.clientY, entries());
      }, LONG_TOUCH);
    },
    onTouchMove: stop,
    onTouchEnd: (event: TouchEvent) => {
      stop();
      // The finger that asked for the menu does not also open what lies under it.
      if (opened && event.cancelable) event.preventDefault();
      opened = false;
    },
    onTouchCancel: stop,
  };
}

export function MenuLayer() {
  return (
    <Show when={at()} keyed>
      {(now) => (
        <Kobalte
          open
          onOpenChange={(open) => !open && setAt((current) => (current === now ? null : current))}
          getAnchorRect={() => ({ x: now.x, y: now.y, width: 0, height: 0 })}
          placement="right-start"
          gutter={2}
          overflowPadding={8}
          modal={false}
          preventScroll={false}
        >
          <Kobalte.Portal>
            <Kobalte.Content {...OVER_ALL} class="menu">
              <Entries entries={now.entries} />
            </Kobalte.Content>
          </Kobalte.Portal>
        </Kobalte>
      )}
    </Show>
  );
}
