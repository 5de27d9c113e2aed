/** A form that an application asks to be filled in. */
import { createEffect, createSignal, For, Match, on, Show, Switch } from "solid-js";
import { channels } from "~/channel/store";
import { Markdown } from "~/markdown/View";
import { Button, Choice, Dialog, Field } from "~/ui";
import { type Component, ComponentKind } from "~/wire";
import { optionsOf } from "./Components";
import { closeModal, InteractionKind, interact, modal } from "./interaction";

type Values = Record<string, string[]>;

/** Inputs with their labels, out of rows (the old form) and labels (the new). */
function fieldsOf(components: Component[]): { component: Component; label: string; note: string; outer: number }[] {
  return components.flatMap((outer) => {
    if (outer.type === ComponentKind.Label && outer.component) {
      return [{ component: outer.component, label: outer.label ?? "", note: outer.description ?? "", outer: outer.type }];
    }
    if (outer.type === ComponentKind.TextDisplay) return [{ component: outer, label: "", note: "", outer: outer.type }];
    return (outer.components ?? []).map((one) => ({ component: one, label: one.label ?? "", note: "", outer: outer.type }));
  });
}

export function ModalDialog() {
  const [values, setValues] = createSignal<Values>({});
  createEffect(
    on(modal, (now) => {
      const first: Values = {};
      for (const { component } of fieldsOf(now?.components ?? [])) {
        if (!component.custom_id) continue;
        const chosen = component.options?.filter((one) => one.default).map((one) => one.value);
        first[component.custom_id] = chosen ?? (component.value ? [component.value] : []);
      }
      setValues(first);
    }),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    const now = modal();
    if (!now) return;
    const answer = (component: Component) => {
      const chosen = values()[component.custom_id ?? ""] ?? [];
      const base = { type: component.type, custom_id: component.custom_id };
      return component.type === ComponentKind.TextInput ? { ...base, value: chosen[0] ?? "" } : { ...base, values: chosen };
    };
    const components = now.components.flatMap((outer): object[] => {
      if (outer.type === ComponentKind.Label && outer.component) return [{ type: outer.type, component: answer(outer.component) }];
      if (outer.type === ComponentKind.Row) return [{ type: outer.type, components: (outer.components ?? []).map(answer) }];
      return [];
    });
    const where = { application: now.application.id, guild: channels[now.channel_id]?.guild_id, channel: now.channel_id };
    interact(InteractionKind.Modal, where, { id: now.id, custom_id: now.custom_id, components });
    closeModal();
  };
  const put = (component: Component, next: string[]) => setValues((all) => ({ ...all, [component.custom_id ?? ""]: next }));
  return (
    <Dialog open={modal() !== null} onClose={closeModal} title={modal()?.title ?? ""} about={modal()?.application.name}>
      <form class="stack" onSubmit={submit}>
        <For each={fieldsOf(modal()?.components ?? [])}>
          {({ component, label, note }) => (
            <Switch>
              <Match when={component.type === ComponentKind.TextDisplay}>
                <Markdown text={component.content ?? ""} />
              </Match>
              <Match when={component.type === ComponentKind.TextInput}>
                <Field
                  label={label}
                  note={note}
                  multiline={component.style === 2}
                  required={component.required !== false}
                  {...(component.placeholder ? { placeholder: component.placeholder } : {})}
                  {...(component.max_length ? { maxLength: component.max_length } : {})}
                  {...(component.min_length ? { minLength: component.min_length } : {})}
                  value={values()[component.custom_id ?? ""]?.[0] ?? ""}
                  onChange={(value) => put(component, [value])}
                />
              </Match>
              <Match when={component.custom_id}>
                <Choice
                  label={label}
                  note={note}
                  value={values()[component.custom_id ?? ""]?.[0] ?? ""}
                  onChange={(value) => put(component, value ? [value] : [])}
                  options={[
                    { value: "", label: component.placeholder ?? "…" },
                    ...optionsOf(component, channels[modal()?.channel_id ?? ""]?.guild_id),
                  ]}
                />
              </Match>
            </Switch>
          )}
        </For>
        <Show when={modal()}>
          <Button look="primary" type="submit">
            Send
          </Button>
        </Show>
      </form>
    </Dialog>
  );
}
