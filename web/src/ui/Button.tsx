/** Buttons: with words, or with an icon and a name that is read and shown on hover. */
import { Tooltip } from "@kobalte/core/tooltip";
import { type JSX, Show, splitProps } from "solid-js";

type Look = "primary" | "secondary" | "ghost" | "danger" | "good";

interface ButtonProps extends Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "type"> {
  type?: "button" | "submit" | "reset";
  look?: Look;
  wide?: boolean;
  small?: boolean;
  busy?: boolean;
}

export function Button(props: ButtonProps) {
  const [own, rest] = splitProps(props, ["look", "wide", "small", "busy", "class", "children", "disabled", "type"]);
  return (
    <button
      {...rest}
      type={own.type ?? "button"}
      class={`button button-${own.look ?? "secondary"} ${own.class ?? ""}`}
      classList={{ "button-wide": own.wide, "button-small": own.small }}
      disabled={own.disabled || own.busy}
      aria-busy={own.busy}
    >
      <Show when={own.busy}>
        <span class="spinner" aria-hidden="true" />
      </Show>
      {own.children}
    </button>
  );
}

interface IconButtonProps extends Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "type"> {
  type?: "button" | "submit" | "reset";
  label: string;
  side?: "top" | "bottom" | "left" | "right";
}

export function IconButton(props: IconButtonProps) {
  const [own, rest] = splitProps(props, ["label", "class", "side", "type"]);
  return (
    <Tooltip placement={own.side ?? "top"} gutter={6} openDelay={350} closeDelay={0} skipDelayDuration={200}>
      <Tooltip.Trigger
        as="button"
        {...rest}
        type={own.type ?? "button"}
        class={`icon-button ${own.class ?? ""}`}
        aria-label={own.label}
      />
      <Tooltip.Portal>
        <Tooltip.Content class="tooltip">{own.label}</Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip>
  );
}
