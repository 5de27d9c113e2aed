/** A window with a form in it: sent by its button or by Enter, closed when the server took it. */
import { createEffect, createUniqueId, type JSX, on, Show } from "solid-js";
import { createForm } from "~/auth/form";
import { Button, Dialog } from "~/ui";

interface FormDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  about?: JSX.Element;
  action: string;
  danger?: boolean;
  disabled?: boolean;
  width?: number;
  /** Fields that show their own errors. */
  fields: readonly string[];
  onSubmit: () => Promise<unknown>;
  children: (errors: () => Record<string, string>) => JSX.Element;
}

export function FormDialog(props: FormDialogProps) {
  const id = createUniqueId();
  const form = createForm(() => props.onSubmit(), props.fields);
  createEffect(
    on(
      () => props.open,
      () => form.forget(),
    ),
  );
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!props.disabled && (await form.submit())) props.onClose();
  };
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={props.title}
      about={props.about}
      width={props.width ?? 448}
      foot={
        <>
          <Button look="ghost" onClick={() => props.onClose()}>
            Cancel
          </Button>
          <Button
            look={props.danger ? "danger" : "primary"}
            type="submit"
            form={id}
            busy={form.busy()}
            disabled={props.disabled ?? false}
          >
            {props.action}
          </Button>
        </>
      }
    >
      <form id={id} class="stack" onSubmit={submit} novalidate>
        {props.children(form.errors)}
        <Show when={form.problem()}>
          <p class="field-error" role="alert">
            {form.problem()}
          </p>
        </Show>
      </form>
    </Dialog>
  );
}
