/** A sticker; where it has no picture, its name. */
import { createSignal, Show } from "solid-js";
import { stickerImage } from "~/net/cdn";
import type { StickerItem } from "~/wire";
import "./sticker.css";

export function StickerPicture(props: { sticker: StickerItem; size: number }) {
  const [broken, setBroken] = createSignal(false);
  const src = () => stickerImage(props.sticker);
  return (
    <Show
      when={!broken() && src()}
      fallback={<span class="sticker-name">{props.sticker.name}</span>}
    >
      {(address) => (
        <img
          class="sticker"
          src={address()}
          alt={`Sticker: ${props.sticker.name}`}
          width={props.size}
          height={props.size}
          loading="lazy"
          onError={() => setBroken(true)}
        />
      )}
    </Show>
  );
}
