/** A sticker that is a drawing in motion. What draws it is fetched when the first one is seen. */
import type { AnimationItem } from "lottie-web";
import { createEffect, onCleanup, onMount } from "solid-js";
import { preferences } from "~/preference/store";
import type { StickerItem } from "~/wire";

const still = (): boolean =>
  preferences.motion === "less" ||
  (preferences.motion === "system" && matchMedia("(prefers-reduced-motion: reduce)").matches);

export default function LottieSticker(props: { sticker: StickerItem; size: number; onBroken: () => void }) {
  let place: HTMLSpanElement | undefined;
  onMount(() => {
    let gone = false;
    let drawn: AnimationItem | undefined;
    onCleanup(() => {
      gone = true;
      drawn?.destroy();
    });
    const draw = async () => {
      const [player, answer] = await Promise.all([
        import("lottie-web/build/player/lottie_light").then((module) => module.default),
        fetch(`/cdn/stickers/${props.sticker.id}.json`),
      ]);
      if (!answer.ok) throw new Error("it is not there");
      const animationData: unknown = await answer.json();
      if (gone || !place) return;
      drawn = player.loadAnimation({ container: place, renderer: "svg", loop: true, autoplay: false, animationData });
      drawn.addEventListener("data_failed", () => props.onBroken());
    };
    draw()
      .then(() => play())
      .catch(() => !gone && props.onBroken());
    const play = () => {
      if (!drawn) return;
      // Where things are to stand still, the middle says more than the first frame.
      if (still()) drawn.goToAndStop(drawn.totalFrames / 2, true);
      else drawn.play();
    };
    createEffect(() => {
      preferences.motion;
      play();
    });
  });
  return (
    <span
      ref={place}
      class="sticker sticker-drawn"
      role="img"
      aria-label={`Sticker: ${props.sticker.name}`}
      style={{ width: `${props.size}px`, height: `${props.size}px` }}
    />
  );
}
