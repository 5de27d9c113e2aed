/** An application, or something of one, in a list: its face, what it is, and what can be done with it. */
import type { JSX } from "solid-js";
import { Picture } from "~/ui";
import type { Id } from "~/wire";
import { appIcon } from "./application";

interface AppRowProps {
  application: { id: Id; name: string; icon: string | null };
  name: string;
  about: string;
  children: JSX.Element;
}

export function AppRow(props: AppRowProps) {
  return (
    <div class="set-row">
      <div class="who">
        <span class="guild-face">
          <Picture src={appIcon(props.application, 44)} name={props.application.name} id={props.application.id} size={44} />
        </span>
        <div class="grow">
          <span class="who-name truncate">{props.name}</span>
          <span class="who-sub">{props.about}</span>
        </div>
        {props.children}
      </div>
    </div>
  );
}
