/** Inputs with their name, note and error. */
import { TextField } from "@kobalte/core/text-field";
import { createUniqueId, For, type JSX, Show, splitProps } from "solid-js";

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: string;
  note?: JSX.Element;
  error?: string | undefined;
  required?: boolean;
  placeholder?: string;
  autocomplete?: string;
  autofocus?: boolean;
  multiline?: boolean;
  hideLabel?: boolean;
  maxLength?: number;
  minLength?: number;
  inputMode?: "text" | "numeric" | "email" | "search";
  disabled?: boolean;
  pattern?: string;
  name?: string;
}

export function Field(props: FieldProps) {
  const input = () => ({
    class: "field-input",
    placeholder: props.placeholder,
    autocomplete: props.autocomplete ?? "off",
    autofocus: props.autofocus,
    maxLength: props.maxLength,
    minLength: props.minLength,
    name: props.name,
  });
  return (
    <TextField
      class="field"
      value={props.value}
      onChange={props.onChange}
      required={props.required ?? false}
      disabled={props.disabled ?? false}
      validationState={props.error ? "invalid" : "valid"}
    >
      <TextField.Label class="field-label" classList={{ "visually-hidden": props.hideLabel }}>
        {props.label}
      </TextField.Label>
      <Show
        when={props.multiline}
        fallback={
          <TextField.Input
            {...input()}
            type={props.type ?? "text"}
            inputMode={props.inputMode}
            pattern={props.pattern}
          />
        }
      >
        <TextField.TextArea {...input()} />
      </Show>
      <Show when={props.note}>
        <TextField.Description class="field-note">{props.note}</TextField.Description>
      </Show>
      <TextField.ErrorMessage class="field-error">{props.error}</TextField.ErrorMessage>
    </TextField>
  );
}

interface ChoiceProps extends Omit<JSX.SelectHTMLAttributes<HTMLSelectElement>, "onChange"> {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  note?: JSX.Element;
  hideLabel?: boolean;
  error?: string | undefined;
}

/** A choice of one: the browser's own list, which every device shows best itself. */
export function Choice(props: ChoiceProps) {
  const id = createUniqueId();
  const [own, rest] = splitProps(props, ["label", "value", "options", "onChange", "note", "hideLabel", "error"]);
  return (
    <div class="field">
      <label class="field-label" classList={{ "visually-hidden": own.hideLabel }} for={id}>
        {own.label}
      </label>
      <select
        {...rest}
        id={id}
        class="field-input select-native"
        aria-invalid={Boolean(own.error)}
        aria-describedby={own.error ? `${id}-error` : undefined}
        value={own.value}
        onChange={(event) => own.onChange(event.currentTarget.value)}
      >
        <For each={own.options}>
          {(option) => (
            <option value={option.value} selected={option.value === own.value}>
              {option.label}
            </option>
          )}
        </For>
      </select>
      <Show when={own.note}>
        <div class="field-note">{own.note}</div>
      </Show>
      <Show when={own.error}>
        <div class="field-error" id={`${id}-error`}>
          {own.error}
        </div>
      </Show>
    </div>
  );
}
