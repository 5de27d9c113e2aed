/** A menu under a message: one choice is sent at once, several when they are complete. */
import { createEffect, createSignal, on, Show } from "solid-js";
import { channels } from "~/channel/store";
import { seekMembers } from "~/member/seek";
import { Button } from "~/ui/Button";
import { Chooser } from "~/ui/Chooser";
import type { Component, Message } from "~/wire";
import { offered, takesPeople } from "./choices";
import { bounds, preset } from "./fields";
import { useInteraction } from "./use";
import "./command.css";

export function SelectPart(props: { component: Component; message: Message }) {
  const { waiting, send } = useInteraction(() => props.message);
  const channel = () => channels[props.message.channel_id];
  const amount = () => bounds(props.component);
  const many = () => amount().most > 1;
  const [values, setValues] = createSignal<string[]>([]);
  createEffect(on(() => preset(props.component).join(), () => setValues(preset(props.component))));
  const wrong = () => values().length < amount().least || values().length > amount().most;
  return (
    <div class="component-select">
      <Chooser
        label={props.component.placeholder ?? "Choose"}
        hideLabel
        placeholder={props.component.placeholder ?? (many() ? "Choose" : "Choose one")}
        options={offered(props.component, channel())}
        value={values()}
        most={amount().most}
        disabled={props.component.disabled || waiting()}
        onQuery={(query) => takesPeople(props.component) && seekMembers(channel()?.guild_id, query)}
        onChange={(next) => {
          setValues(next);
          if (!many() && next.length > 0) send(props.component, next);
        }}
      />
      <Show when={many()}>
        <Button small busy={waiting()} disabled={props.component.disabled || wrong()} onClick={() => send(props.component, values())}>
          Send choice
        </Button>
      </Show>
    </div>
  );
}
