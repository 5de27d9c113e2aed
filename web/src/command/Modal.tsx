/** A form that an application asks to be filled in. */
import { createEffect, createMemo, createSignal, For, on, Show } from "solid-js";
import { channels } from "~/channel/store";
import { Button, Dialog } from "~/ui";
import { answersOf, type Filled, fieldsOf, firstOf, problemOf } from "./fields";
import { begin, closeModal, InteractionKind, modal } from "./interaction";
import { ModalField } from "./ModalField";

export function ModalDialog() {
  const [filled, setFilled] = createSignal<Filled>({ texts: {}, files: {} });
  const [tried, setTried] = createSignal(false);
  const [sending, setSending] = createSignal(false);
  const fields = createMemo(() => fieldsOf(modal()?.components ?? []));
  const channel = () => channels[modal()?.channel_id ?? ""];
  let form: HTMLFormElement | undefined;
  createEffect(
    on(modal, (now) => {
      setFilled(firstOf(now?.components ?? []));
      setTried(false);
      setSending(false);
    }),
  );
  const submit = async (event: Event) => {
    event.preventDefault();
    const now = modal();
    if (!now || sending()) return;
    setTried(true);
    if (fields().some(({ component }) => problemOf(component, filled()))) {
      queueMicrotask(() => form?.querySelector(".field-error")?.scrollIntoView({ block: "center" }));
      return;
    }
    const { components, files } = answersOf(now.components, filled());
    const where = { application: now.application.id, guild: channel()?.guild_id, channel: now.channel_id };
    setSending(true);
    const data = { id: now.id, custom_id: now.custom_id, components };
    const taken = await begin(InteractionKind.Modal, where, data, { files }).sent;
    // What was filled in stays where the server did not take it.
    if (modal() !== now) return;
    setSending(false);
    if (taken) closeModal();
  };
  const put = <Part extends keyof Filled>(part: Part, id: string | undefined, next: Filled[Part][string]) =>
    setFilled((all) => ({ ...all, [part]: { ...all[part], [id ?? ""]: next } }));
  return (
    <Dialog open={modal() !== null} onClose={closeModal} title={modal()?.title ?? ""} about={modal()?.application.name}>
      <form class="stack" onSubmit={(event) => void submit(event)} ref={form} noValidate>
        <For each={fields()}>
          {(field) => (
            <ModalField
              field={field}
              channel={channel()}
              texts={filled().texts[field.component.custom_id ?? ""] ?? []}
              files={filled().files[field.component.custom_id ?? ""] ?? []}
              error={tried() ? problemOf(field.component, filled()) : ""}
              onTexts={(next) => put("texts", field.component.custom_id, next)}
              onFiles={(next) => put("files", field.component.custom_id, next)}
            />
          )}
        </For>
        <Show when={modal()}>
          <Button look="primary" type="submit" busy={sending()}>
            Send
          </Button>
        </Show>
      </form>
    </Dialog>
  );
}
