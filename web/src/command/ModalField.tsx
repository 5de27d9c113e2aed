/** One field of a form that an application asks to be filled in. */
import { createUniqueId, For, type JSX, Match, Show, Switch } from "solid-js";
import { Markdown } from "~/markdown/View";
import { seekMembers } from "~/member/seek";
import { Field } from "~/ui";
import { Chooser } from "~/ui/Chooser";
import { type Channel, type Component, ComponentKind, type SelectOption } from "~/wire";
import { offered, takesPeople } from "./choices";
import { FileField } from "./FileField";
import { bounds, type FormField, isRequired } from "./fields";
import "./command.css";

interface ModalFieldProps {
  field: FormField;
  channel: Channel | undefined;
  texts: readonly string[];
  files: readonly File[];
  error: string;
  onTexts: (next: string[]) => void;
  onFiles: (next: File[]) => void;
}

export function ModalField(props: ModalFieldProps) {
  const component = () => props.field.component;
  const label = () => `${props.field.label}${isRequired(component()) ? "" : " (optional)"}`;
  const is = (...kinds: number[]) => kinds.includes(component().type);
  const note = () => {
    const { least, most } = bounds(component());
    if (most === 1 || is(ComponentKind.TextInput, ComponentKind.RadioGroup)) return props.field.note;
    const amount = least === most ? `Exactly ${most}.` : least > 1 ? `${least} to ${most}.` : `Up to ${most}.`;
    return props.field.note ? `${props.field.note} ${amount}` : amount;
  };
  return (
    <Switch>
      <Match when={is(ComponentKind.TextDisplay)}>
        <Markdown text={component().content ?? ""} guild={props.channel?.guild_id} />
      </Match>
      <Match when={is(ComponentKind.TextInput)}>
        <Field
          label={label()}
          note={props.field.note}
          multiline={component().style === 2}
          required={isRequired(component())}
          {...(component().placeholder ? { placeholder: component().placeholder } : {})}
          {...(component().max_length ? { maxLength: component().max_length } : {})}
          {...(component().min_length ? { minLength: component().min_length } : {})}
          value={props.texts[0] ?? ""}
          onChange={(value) => props.onTexts([value])}
          error={props.error}
        />
      </Match>
      <Match when={is(ComponentKind.Checkbox)}>
        <OptionCard
          kind="checkbox"
          option={{ value: "true", label: props.field.label, description: props.field.note }}
          checked={props.texts[0] === "true"}
          onChange={(on) => props.onTexts(on ? ["true"] : [])}
        />
      </Match>
      <Match when={is(ComponentKind.RadioGroup, ComponentKind.CheckboxGroup)}>
        <OptionGroup {...props} label={label()} note={note()} component={component()} />
      </Match>
      <Match when={is(ComponentKind.FileUpload)}>
        <FileField
          label={label()}
          note={note()}
          files={props.files}
          most={bounds(component()).most}
          onChange={props.onFiles}
          error={props.error}
        />
      </Match>
      <Match when={component().custom_id}>
        <div>
          <Chooser
            label={label()}
            note={note()}
            options={offered(component(), props.channel)}
            value={props.texts}
            most={bounds(component()).most}
            clearable={!isRequired(component())}
            required={isRequired(component())}
            {...(component().placeholder ? { placeholder: component().placeholder } : {})}
            onChange={props.onTexts}
            onQuery={(query) => takesPeople(component()) && seekMembers(props.channel?.guild_id, query)}
          />
          <Problem text={props.error} />
        </div>
      </Match>
    </Switch>
  );
}

function Problem(props: { text: string }) {
  return (
    <Show when={props.text}>
      <div class="field-error" role="alert">
        {props.text}
      </div>
    </Show>
  );
}

function OptionGroup(props: ModalFieldProps & { label: string; note: string; component: Component }): JSX.Element {
  const name = createUniqueId();
  const radio = () => props.component.type === ComponentKind.RadioGroup;
  const full = () => !radio() && props.texts.length >= bounds(props.component).most;
  const change = (value: string, on: boolean) => {
    if (radio()) return props.onTexts([value]);
    props.onTexts(on ? [...props.texts, value] : props.texts.filter((one) => one !== value));
  };
  return (
    <fieldset class="option-group" role={radio() ? "radiogroup" : undefined} aria-invalid={Boolean(props.error)}>
      <legend>
        <span class="field-label">{props.label}</span>
        <Show when={props.note}>
          <span class="field-note">
            <br />
            {props.note}
          </span>
        </Show>
      </legend>
      <For each={props.component.options}>
        {(option) => (
          <OptionCard
            kind={radio() ? "radio" : "checkbox"}
            name={name}
            option={option}
            checked={props.texts.includes(option.value)}
            disabled={full() && !props.texts.includes(option.value)}
            onChange={(on) => change(option.value, on)}
          />
        )}
      </For>
      <Problem text={props.error} />
    </fieldset>
  );
}

function OptionCard(props: {
  kind: "radio" | "checkbox";
  name?: string;
  option: SelectOption;
  checked: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <label class="option-card">
      <input
        type={props.kind}
        name={props.name}
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span class="grow">
        <strong>{props.option.label}</strong>
        <Show when={props.option.description}>
          <span class="field-note">{props.option.description}</span>
        </Show>
      </span>
    </label>
  );
}
