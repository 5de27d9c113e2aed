/** A sticker; where it has no picture, its name. */
import { createSignal, Match, Suspense, Switch } from "solid-js";
import { stickerImage } from "~/net/cdn";
import { part } from "~/ui/part";
import { StickerFormat, type StickerItem } from "~/wire";
import "./sticker.css";

const LottieSticker = part(
  () => import("./Lottie"),
  (_, props) => {
    props.onBroken();
    return null;
  },
);

export function StickerPicture(props: { sticker: StickerItem; size: number }) {
  const [broken, setBroken] = createSignal(false);
  const src = () => stickerImage(props.sticker);
  const drawn = () => props.sticker.format_type === StickerFormat.Lottie && !broken();
  return (
    <Switch fallback={<span class="sticker-name">{props.sticker.name}</span>}>
      <Match when={drawn()}>
        <Suspense
          fallback={<span class="sticker sticker-drawn" style={{ width: `${props.size}px`, height: `${props.size}px` }} />}
        >
          <LottieSticker sticker={props.sticker} size={props.size} onBroken={() => setBroken(true)} />
        </Suspense>
      </Match>
      <Match when={!broken() && src()}>
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
      </Match>
    </Switch>
  );
}
