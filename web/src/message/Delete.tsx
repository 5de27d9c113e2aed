/** Asks before a message goes. */
import { Show } from "solid-js";
import { Confirm } from "~/ui";
import { remove } from "./act";
import { deleting, setDeleting } from "./focus";
import { Preview } from "./Preview";

export function DeleteDialog() {
  return (
    <Show when={deleting()}>
      {(message) => (
        <Confirm
          open
          onClose={() => setDeleting(null)}
          title="Delete the message?"
          about="It is gone for everybody. Hold Shift while deleting to skip this question."
          action="Delete"
          onConfirm={() => remove(message())}
        >
          <div inert>
            <Preview message={message()} />
          </div>
        </Confirm>
      )}
    </Show>
  );
}
