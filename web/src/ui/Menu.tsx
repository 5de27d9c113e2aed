/** Menus: under a button, and where the pointer is. Both take the same list of items. */
import { ContextMenu as KobalteContext } from "@kobalte/core/context-menu";
import { DropdownMenu as Kobalte } from "@kobalte/core/dropdown-menu";
import { type Component, For, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";

export type Icon = Component<{ size?: number | string }>;

export type MenuEntry =
  | { label: string; icon?: Icon; act: () => void; danger?: boolean; disabled?: boolean; end?: JSX.Element }
  | "line"
  | null
  | false
  | undefined;

function Entries(props: { entries: MenuEntry[] }) {
  return (
    <For each={props.entries}>
      {(entry) => {
        if (!entry) return null;
        if (entry === "line") return <Kobalte.Separator class="menu-line" />;
        return (
          <Kobalte.Item
            class="menu-item"
            classList={{ danger: entry.danger ?? false }}
            disabled={entry.disabled ?? false}
            onSelect={entry.act}
          >
            <span>{entry.label}</span>
            {entry.end}
            <Show when={entry.icon}>{(icon) => <Dynamic component={icon()} size={16} />}</Show>
          </Kobalte.Item>
        );
      }}
    </For>
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
        <Kobalte.Content class="menu">
          <Entries entries={props.entries} />
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  );
}

interface ContextMenuProps {
  entries: () => MenuEntry[];
  children: JSX.Element;
  class?: string;
}

/** Opens on the right button, the menu key, and a long touch. */
export function ContextMenu(props: ContextMenuProps) {
  return (
    <KobalteContext preventScroll={false}>
      <KobalteContext.Trigger as="div" class={props.class}>
        {props.children}
      </KobalteContext.Trigger>
      <KobalteContext.Portal>
        <KobalteContext.Content class="menu">
          <Entries entries={props.entries()} />
        </KobalteContext.Content>
      </KobalteContext.Portal>
    </KobalteContext>
  );
}
