/** An emoji as part of something else: of a question's answer, a tag, a sound. */
import { Show } from "solid-js";
import { emojiImage } from "~/net/cdn";
import type { PartialEmoji } from "~/wire";
import "./emoji.css";

export function Face(props: { emoji: PartialEmoji; size?: number }) {
  const size = () => props.size ?? 24;
  return (
    <Show
      when={props.emoji.id}
      fallback={
        <Show when={props.emoji.name}>
          <span class="emoji-face" aria-hidden="true" style={{ "font-size": `${size() - 2}px` }}>
            {props.emoji.name}
          </span>
        </Show>
      }
    >
      <img class="emoji-face" src={emojiImage(props.emoji, size())} alt="" width={size()} height={size()} />
    </Show>
  );
}
