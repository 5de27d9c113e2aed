/** A secret that is shown once. */
import Copy from "lucide-solid/icons/copy";
import { Show } from "solid-js";
import { copyText } from "~/message/act";
import { Button, Dialog } from "~/ui";

export function TokenDialog(props: { token: string | null; onClose: () => void; title?: string; about?: string }) {
  return (
    <Show when={props.token}>
      {(token) => (
        <Dialog
          open
          onClose={props.onClose}
          title={props.title ?? "The bot's token"}
          about={props.about ?? "Whoever has it is the bot. It is shown only now: keep it somewhere safe."}
          foot={
            <Button look="primary" onClick={() => props.onClose()}>
              Done
            </Button>
          }
        >
          <code class="secret mono">{token()}</code>
          <div class="row">
            <Button small onClick={() => void copyText(token(), "Token copied.")}>
              <Copy size={15} /> Copy
            </Button>
          </div>
        </Dialog>
      )}
    </Show>
  );
}
