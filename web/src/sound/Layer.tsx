/** What is heard: an element of the page for each sound, gone when it is over. */
import { For } from "solid-js";
import { ended, type Playing, playing, soundAddress } from "./store";

export function SoundLayer() {
  return <For each={playing()}>{(one) => <Heard sound={one} />}</For>;
}

function Heard(props: { sound: Playing }) {
  const start = (element: HTMLAudioElement) => {
    element.volume = Math.max(0, Math.min(1, props.sound.sound_volume ?? 1));
    // A browser that wants a click first stays silent.
    queueMicrotask(() => void element.play().catch(() => ended(props.sound)));
  };
  return (
    <audio
      ref={start}
      hidden
      src={soundAddress(props.sound.sound_id ?? "")}
      onEnded={() => ended(props.sound)}
      onError={() => ended(props.sound)}
    />
  );
}
