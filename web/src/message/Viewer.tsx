/** A picture, large. */
import { onCleanup, onMount, Show } from "solid-js";
import { Portal } from "solid-js/web";
import { setViewed, viewed } from "./focus";

export function Viewer() {
  return (
    <Show when={viewed()} keyed>
      {(picture) => (
        <Portal>
          <Shown url={picture.url} name={picture.name} alt={picture.alt} />
        </Portal>
      )}
    </Show>
  );
}

function Shown(props: { url: string; name: string; alt: string }) {
  let box: HTMLDivElement | undefined;
  const before = document.activeElement as HTMLElement | null;
  const close = () => setViewed(null);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  onMount(() => {
    box?.focus();
    document.addEventListener("keydown", onKey, true);
  });
  onCleanup(() => {
    document.removeEventListener("keydown", onKey, true);
    before?.focus();
  });
  return (
    <div class="viewer" role="dialog" aria-modal="true" aria-label={props.name || "Picture"} tabindex={-1} ref={box} onClick={close}>
      <figure onClick={(event) => event.stopPropagation()}>
        <img src={props.url} alt={props.alt} />
        <figcaption class="viewer-foot">
          <span class="grow">{props.alt || props.name}</span>
          <a href={props.url} target="_blank" rel="noopener noreferrer">
            Open the original
          </a>
          <button type="button" class="link" onClick={close}>
            Close
          </button>
        </figcaption>
      </figure>
    </div>
  );
}
