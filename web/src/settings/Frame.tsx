/** The frame of settings and administration: sections at the side, one of them open. */
import ChevronLeft from "lucide-solid/icons/chevron-left";
import X from "lucide-solid/icons/x";
import { type Component, createEffect, createSignal, For, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { navigate } from "~/app/router";
import type { Icon } from "~/ui";
import { leave } from "./guard";
import "./settings.css";

export interface SectionOf {
  key: string;
  label: string;
  icon: Icon;
  view: Component;
  /** Shown only where this holds. */
  when?: () => boolean;
  danger?: boolean;
  /** Tables need room. */
  wide?: boolean;
}

export interface GroupOf {
  title: string;
  sections: SectionOf[];
}

interface FrameProps {
  title: string;
  groups: GroupOf[];
  page: string;
  /** What stands before a section's name in the address. */
  base: string;
  onClose: () => void;
  head?: JSX.Element;
  foot?: JSX.Element;
}

export function Frame(props: FrameProps) {
  const [menu, setMenu] = createSignal(false);
  let heading: HTMLHeadingElement | undefined;
  let content: HTMLElement | undefined;
  let list: HTMLDivElement | undefined;
  const groups = () =>
    props.groups
      .map((group) => ({ ...group, sections: group.sections.filter((one) => one.when?.() ?? true) }))
      .filter((group) => group.sections.length > 0);
  const shown = () => groups().flatMap((group) => group.sections);
  const open = () => shown().find((one) => one.key === props.page) ?? shown()[0];
  const go = (event: MouseEvent, key: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    leave(() => {
      setMenu(false);
      navigate(`${props.base}/${key}`, { replace: true });
    });
  };
  const close = () => leave(() => props.onClose());
  // In a low window the list of sections is longer than its place.
  const showOpen = () => list?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest" });
  createEffect(
    on(
      () => open()?.key,
      () => {
        content?.scrollTo({ top: 0 });
        heading?.focus({ preventScroll: true });
        showOpen();
      },
      { defer: true },
    ),
  );
  onMount(() => {
    heading?.focus({ preventScroll: true });
    showOpen();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu], [role=listbox]")) return;
      const field = event.target as HTMLElement | null;
      // The first press leaves the field, the next one the page.
      if (field?.matches("input:not([type=checkbox], [type=radio]), textarea, select")) return field.blur();
      close();
    };
    document.addEventListener("keydown", onKey);
    onCleanup(() => document.removeEventListener("keydown", onKey));
  });
  return (
    <div class="settings" data-menu={menu() ? "open" : "closed"}>
      <nav class="settings-nav" aria-label={props.title}>
        <div class="settings-nav-head">
          {props.head ?? <h2 class="settings-title truncate">{props.title}</h2>}
          <button type="button" class="icon-button settings-close-small" aria-label="Close settings" onClick={close}>
            <X size={20} />
          </button>
        </div>
        <div class="settings-nav-list" ref={list}>
          <For each={groups()}>
            {(group) => (
              <div class="settings-group" role="group" aria-label={group.title}>
                <div class="settings-group-title" aria-hidden="true">
                  {group.title}
                </div>
                <For each={group.sections}>
                  {(section) => (
                    <a
                      class="settings-link"
                      classList={{ danger: section.danger ?? false }}
                      href={`${props.base}/${section.key}`}
                      aria-current={section.key === open()?.key ? "page" : undefined}
                      onClick={(event) => go(event, section.key)}
                    >
                      <Dynamic component={section.icon} size={18} />
                      <span class="truncate">{section.label}</span>
                    </a>
                  )}
                </For>
              </div>
            )}
          </For>
          {props.foot}
        </div>
      </nav>
      <main class="settings-main" ref={content}>
        <div class="settings-top">
          <button
            type="button"
            class="icon-button settings-back"
            aria-label={props.title}
            onClick={() => leave(() => setMenu(true))}
          >
            <ChevronLeft size={22} />
          </button>
          <h1 class="settings-heading" tabindex={-1} ref={heading}>
            {open()?.label}
          </h1>
          <button type="button" class="settings-close" aria-label="Close settings" onClick={close}>
            <X size={18} />
            <kbd>Esc</kbd>
          </button>
        </div>
        <div class="settings-page" classList={{ wide: open()?.wide ?? false }}>
          <Show when={open()} keyed>
            {(section) => <Dynamic component={section.view} />}
          </Show>
        </div>
      </main>
    </div>
  );
}
