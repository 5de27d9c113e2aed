/** A line about oneself that others see. */
import { createSignal } from "solid-js";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import type { Asked } from "~/dialog/Dialogs";
import { EmojiField } from "~/settings/EmojiField";
import { Button, Choice, Dialog, Field } from "~/ui";
import type { PartialEmoji } from "~/wire";
import { account, changeSettings } from "./store";

const HOUR = 3_600_000;

const ENDS = [
  { value: "0", label: "Stays until I change it" },
  { value: String(HOUR / 2), label: "30 minutes" },
  { value: String(HOUR), label: "1 hour" },
  { value: String(4 * HOUR), label: "4 hours" },
  { value: String(24 * HOUR), label: "1 day" },
];

export default function CustomStatus(props: Asked<"status">) {
  const known = account.settings?.custom_status;
  const [text, setText] = createSignal(known?.text ?? "");
  const [emoji, setEmoji] = createSignal<PartialEmoji>({ id: known?.emoji_id ?? null, name: known?.emoji_name ?? null });
  const [ends, setEnds] = createSignal("0");
  const save = async (clear: boolean) => {
    const until = Number(ends());
    const custom_status = {
      text: text().trim(),
      emoji_id: emoji().id,
      emoji_name: emoji().name,
      expires_at: until > 0 ? new Date(Date.now() + until).toISOString() : null,
    };
    await changeSettings({ custom_status: clear || (!text().trim() && !emoji().name) ? null : custom_status });
    props.onClose();
  };
  const form = createForm(() => save(false));
  const clear = createForm(() => save(true));
  return (
    <Dialog open onClose={props.onClose} title="Set a custom status" about="Everybody who shares a guild with you sees it.">
      <form class="stack" onSubmit={form.submit}>
        <Problem text={form.problem() || clear.problem()} />
        <div class="status-line">
          <EmojiField label="Emoji" value={emoji()} onChange={setEmoji} />
          <Field label="Status" hideLabel placeholder="What are you up to?" value={text()} onChange={setText} maxLength={128} autofocus />
        </div>
        <Choice label="Clear after" value={ends()} onChange={setEnds} options={ENDS} />
        <div class="row" style={{ "justify-content": "flex-end" }}>
          <Button look="ghost" busy={clear.busy()} onClick={() => clear.submit()}>
            Clear
          </Button>
          <Button look="primary" type="submit" busy={form.busy()}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
