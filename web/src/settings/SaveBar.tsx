/** Says that something is not saved, and saves it. */
import Alert from "lucide-solid/icons/triangle-alert";
import { createEffect, on, Show } from "solid-js";
import { Button } from "~/ui";
import type { Draft } from "./draft";
import { hold, nudges } from "./guard";

export function SaveBar<T extends object>(props: { draft: Draft<T> }) {
  let bar: HTMLDivElement | undefined;
  hold(() => props.draft.dirty());
  createEffect(
    on(
      nudges,
      () => {
        if (!bar) return;
        bar.classList.remove("nudged");
        // The animation begins again only after the browser has looked.
        void bar.offsetWidth;
        bar.classList.add("nudged");
        bar.querySelector<HTMLButtonElement>(".button-primary")?.focus();
      },
      { defer: true },
    ),
  );
  return (
    <div class="save-place" aria-live="polite">
      <Show when={props.draft.dirty()}>
        <div
          ref={bar}
          class="save-bar"
          classList={{ wrong: Boolean(props.draft.problem()) }}
          role="group"
          aria-label="Unsaved changes"
        >
          <Show when={props.draft.problem()}>
            <Alert size={18} />
          </Show>
          <span class="grow">{props.draft.problem() || "You have changes that are not saved."}</span>
          <Button look="ghost" disabled={props.draft.busy()} onClick={() => props.draft.reset()}>
            Reset
          </Button>
          <Button look="primary" busy={props.draft.busy()} onClick={() => void props.draft.submit()}>
            Save changes
          </Button>
        </div>
      </Show>
    </div>
  );
}
