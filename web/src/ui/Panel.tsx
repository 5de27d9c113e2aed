/** What stands at the right of a channel for a while. */
import X from "lucide-solid/icons/x";
import type { JSX } from "solid-js";

export function Panel(props: { title: string; onClose: () => void; children: JSX.Element; tools?: JSX.Element }) {
  return (
    <aside class="panel" aria-label={props.title}>
      <header class="panel-head">
        <h2 class="grow" style={{ font: "inherit" }}>
          {props.title}
        </h2>
        {props.tools}
        <button type="button" class="icon-button" aria-label="Close" onClick={() => props.onClose()}>
          <X size={18} />
        </button>
      </header>
      {props.children}
    </aside>
  );
}
