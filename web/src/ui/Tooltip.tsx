/** A name beside what it names, on hover and on focus. */
import { Tooltip as Kobalte } from "@kobalte/core/tooltip";
import type { JSX } from "solid-js";

interface TooltipProps {
  label: JSX.Element;
  side?: "top" | "bottom" | "left" | "right";
  children: JSX.Element;
  class?: string;
}

export function Tooltip(props: TooltipProps) {
  return (
    <Kobalte placement={props.side ?? "top"} gutter={6} openDelay={350} closeDelay={0} skipDelayDuration={200}>
      <Kobalte.Trigger as="span" class={`tip ${props.class ?? ""}`}>
        {props.children}
      </Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content class="tooltip">{props.label}</Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  );
}
