/** Something that opens beside what was pressed. */
import { Popover as Kobalte } from "@kobalte/core/popover";
import type { JSX } from "solid-js";

/**
 * What opens over a window that holds the page is no part of it: without this mark the window hides it from those who
 * listen, and takes the focus back.
 */
export const OVER_ALL = { "data-kb-top-layer": "" };

interface PopoverProps {
  label: string;
  trigger: JSX.Element;
  children: JSX.Element;
  class?: string;
  placement?: "top" | "top-end" | "top-start" | "bottom" | "bottom-end" | "bottom-start" | "left-start" | "right-start";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  contentClass?: string;
}

export function Popover(props: PopoverProps) {
  return (
    <Kobalte
      placement={props.placement ?? "top-end"}
      gutter={8}
      open={props.open}
      onOpenChange={props.onOpenChange}
      preventScroll={false}
    >
      <Kobalte.Trigger class={props.class ?? "icon-button"} aria-label={props.label}>
        {props.trigger}
      </Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content {...OVER_ALL} class={`popover ${props.contentClass ?? ""}`} aria-label={props.label}>
          {props.children}
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  );
}

/** The same beside an element that something else pressed. */
export function PopoverAt(props: {
  anchor: HTMLElement | undefined;
  onClose: () => void;
  label: string;
  children: JSX.Element;
  placement?: "right-start" | "left-start" | "top" | "bottom-start" | "top-end";
  contentClass?: string;
}) {
  let content: HTMLDivElement | undefined;
  // Whoever came by keyboard goes on where they were, unless what they chose has moved them.
  const back = (event: Event) => {
    event.preventDefault();
    const now = document.activeElement;
    if (now === null || now === document.body || content?.contains(now)) props.anchor?.focus({ preventScroll: true });
  };
  return (
    <Kobalte
      open={props.anchor !== undefined}
      onOpenChange={(open) => !open && props.onClose()}
      anchorRef={() => props.anchor}
      placement={props.placement ?? "right-start"}
      gutter={8}
      overflowPadding={8}
      overlap
      preventScroll={false}
      fitViewport
    >
      <Kobalte.Portal>
        <Kobalte.Content
          {...OVER_ALL}
          ref={content}
          class={`popover ${props.contentClass ?? ""}`}
          aria-label={props.label}
          onCloseAutoFocus={back}
        >
          {props.children}
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  );
}
