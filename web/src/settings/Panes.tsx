/** A list, and beside it what was chosen from it; on small screens one after the other. */
import ArrowLeft from "lucide-solid/icons/arrow-left";
import { type JSX, Show } from "solid-js";
import { Button } from "~/ui";
import { leave } from "./guard";

export function Panes(props: {
  list: JSX.Element;
  children: JSX.Element;
  open: boolean;
  onBack: () => void;
  back: string;
}) {
  return (
    <div class="panes" data-open={props.open}>
      <div class="panes-list">{props.list}</div>
      <div class="panes-main">
        <Show when={props.open}>
          <Button class="panes-back" small look="ghost" onClick={() => leave(() => props.onBack())}>
            <ArrowLeft size={16} /> {props.back}
          </Button>
        </Show>
        {props.children}
      </div>
    </div>
  );
}
