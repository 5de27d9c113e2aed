/** On or off. */
import { Switch as Kobalte } from "@kobalte/core/switch";
import { type JSX, Show } from "solid-js";

interface SwitchProps {
  label: string;
  note?: JSX.Element;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  /** Only read, where what it belongs to stands beside it. */
  hideLabel?: boolean;
}

export function Switch(props: SwitchProps) {
  return (
    <Kobalte class="switch" checked={props.checked} onChange={props.onChange} disabled={props.disabled ?? false}>
      <div class="grow">
        <Kobalte.Label class="switch-label" classList={{ "visually-hidden": props.hideLabel ?? false }}>
          {props.label}
        </Kobalte.Label>
        <Show when={props.note}>
          <Kobalte.Description class="field-note" as="div">
            {props.note}
          </Kobalte.Description>
        </Show>
      </div>
      <Kobalte.Input />
      <Kobalte.Control class="switch-track">
        <Kobalte.Thumb class="switch-thumb" />
      </Kobalte.Control>
    </Kobalte>
  );
}
