/** A link under which somebody sets their password, to be given to them. */
import { copyText } from "~/message/act";
import { stamp } from "~/message/time";
import { Button, Dialog } from "~/ui";
import type { PasswordLink } from "./wire";

export function LinkDialog(props: { link: PasswordLink; name: string; title: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.title}
      about={`Give it to ${props.name} and to nobody else. It works once, until ${stamp(props.link.expires_at)}.`}
      foot={
        <>
          <Button onClick={() => void copyText(props.link.url, "Link copied.")}>Copy</Button>
          <Button look="primary" onClick={() => props.onClose()}>
            Done
          </Button>
        </>
      }
    >
      <code class="secret mono">{props.link.url}</code>
    </Dialog>
  );
}
