/** A window over the page. Whoever opened it has the focus back when it closes. */
import { Dialog as Kobalte } from "@kobalte/core/dialog";
import X from "lucide-solid/icons/x";
import { createSignal, type JSX, Show } from "solid-js";
import { explain } from "~/net/error";
import { Button } from "./Button";
import { heldFocus } from "./focus";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: JSX.Element;
  about?: JSX.Element;
  children?: JSX.Element;
  foot?: JSX.Element;
  width?: number;
}

export function Dialog(props: DialogProps) {
  const focus = heldFocus(() => props.open);
  return (
    <Kobalte open={props.open} onOpenChange={(open) => !open && props.onClose()} preventScroll={false}>
      <Kobalte.Portal>
        <Kobalte.Overlay class="dialog-scrim" />
        <div class="dialog-place">
          <Kobalte.Content {...focus} class="dialog" style={{ "--dialog-width": `${props.width ?? 448}px` }}>
            <header class="dialog-head">
              <div class="grow">
                <Kobalte.Title class="dialog-title">{props.title}</Kobalte.Title>
                <Show when={props.about}>
                  <Kobalte.Description class="dialog-about">{props.about}</Kobalte.Description>
                </Show>
              </div>
              <Kobalte.CloseButton class="icon-button" aria-label="Close">
                <X size={18} />
              </Kobalte.CloseButton>
            </header>
            <div class="dialog-body">{props.children}</div>
            <Show when={props.foot}>
              <footer class="dialog-foot">{props.foot}</footer>
            </Show>
          </Kobalte.Content>
        </div>
      </Kobalte.Portal>
    </Kobalte>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  about: JSX.Element;
  action: string;
  onConfirm: () => Promise<unknown> | unknown;
  children?: JSX.Element;
  safe?: boolean;
}

/** Asks before something that cannot be taken back. */
export function Confirm(props: ConfirmProps) {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal("");
  const confirm = async () => {
    setBusy(true);
    setProblem("");
    try {
      await props.onConfirm();
      props.onClose();
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={props.title}
      about={props.about}
      foot={
        <>
          <Button look="ghost" onClick={() => props.onClose()}>
            Cancel
          </Button>
          <Button look={props.safe ? "primary" : "danger"} busy={busy()} onClick={confirm}>
            {props.action}
          </Button>
        </>
      }
    >
      {props.children}
      <Show when={problem()}>
        <p class="field-error" role="alert">
          {problem()}
        </p>
      </Show>
    </Dialog>
  );
}
