/** An emoji beside something: chosen from the picker, and taken away. */
import Smile from "lucide-solid/icons/face-slightly-smiling";
import X from "lucide-solid/icons/x";
import { Show } from "solid-js";
import { pickEmoji } from "~/emoji/Picker";
import { Face } from "~/emoji/Face";
import type { PartialEmoji } from "~/wire";

export function EmojiField(props: {
  label: string;
  value: PartialEmoji;
  onChange: (value: PartialEmoji) => void;
}) {
  const has = () => Boolean(props.value.id || props.value.name);
  return (
    <span class="emoji-field">
      <button
        type="button"
        class="emoji-field-face"
        aria-label={has() ? `${props.label}: ${props.value.name ?? ""}` : props.label}
        onClick={(event) => pickEmoji(event.currentTarget, (found) => props.onChange(found.emoji))}
      >
        <Show when={has()} fallback={<Smile size={20} />}>
          <Face emoji={props.value} />
        </Show>
      </button>
      <Show when={has()}>
        <button
          type="button"
          class="emoji-field-off"
          aria-label={`${props.label}: none`}
          onClick={() => props.onChange({ id: null, name: null })}
        >
          <X size={11} />
        </button>
      </Show>
    </span>
  );
}
