/** Changing a message where it stands. */
import { createSignal, onMount } from "solid-js";
import { channels } from "~/channel/store";
import { namesEmoji } from "~/composer/format";
import { grow } from "~/composer/grow";
import { outgoing } from "~/composer/shortcode";
import { emojiSet } from "~/emoji/data";
import { complain } from "~/ui/Toast";
import type { Message } from "~/wire";
import { saveEdit } from "./act";
import { begins, keepEdit, keptEdit, setEditing } from "./edit";
import { setDeleting } from "./focus";

/** A row that was just brought into sight takes the focus some frames later. */
function take(box: HTMLTextAreaElement, frames: number): void {
  box.focus();
  if (document.activeElement !== box && frames > 0) requestAnimationFrame(() => take(box, frames - 1));
}

export function EditBox(props: { message: Message }) {
  const [text, setText] = createSignal(keptEdit() ?? props.message.content);
  const [busy, setBusy] = createSignal(false);
  let box: HTMLTextAreaElement | undefined;
  onMount(() => {
    if (!box) return;
    grow(box);
    if (!begins()) return;
    box.setSelectionRange(box.value.length, box.value.length);
    take(box, 10);
  });
  const close = () => {
    setEditing(null);
    document.querySelector<HTMLElement>("[data-composer]")?.focus();
  };
  const save = async () => {
    if (busy()) return;
    if (!text().trim() && props.message.attachments.length === 0) {
      close();
      return setDeleting(props.message);
    }
    setBusy(true);
    try {
      const set = namesEmoji(text()) ? await emojiSet().catch(() => undefined) : undefined;
      const channel = channels[props.message.channel_id];
      await saveEdit(props.message, channel ? outgoing(text(), {}, channel, set) : text());
      close();
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="edit-box">
      <textarea
        ref={box}
        aria-label="Edit the message"
        value={text()}
        rows={1}
        onInput={(event) => {
          setText(event.currentTarget.value);
          keepEdit(event.currentTarget.value);
          grow(event.currentTarget);
        }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Escape") {
            event.preventDefault();
            close();
          }
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            void save();
          }
        }}
      />
      <p class="edit-note">
        Escape to{" "}
        <button type="button" class="link" onClick={close}>
          cancel
        </button>{" "}
        · Enter to{" "}
        <button type="button" class="link" disabled={busy()} onClick={save}>
          save
        </button>
      </p>
    </div>
  );
}
