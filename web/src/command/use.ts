/** Pressing and choosing under a message: what is sent, and whether its answer is awaited. */
import { createSignal } from "solid-js";
import { channels } from "~/channel/store";
import type { Component, Message } from "~/wire";
import { busy, InteractionKind, interact } from "./interaction";

export function useInteraction(message: () => Message) {
  const [nonce, setNonce] = createSignal("");
  const waiting = () => busy().has(nonce());
  const send = (component: Component, values?: string[]) => {
    const channel = channels[message().channel_id];
    setNonce(
      interact(
        InteractionKind.Component,
        {
          application: message().application_id ?? message().author.id,
          guild: channel?.guild_id,
          channel: message().channel_id,
        },
        { component_type: component.type, custom_id: component.custom_id, ...(values ? { values } : {}) },
        { fields: { message_id: message().id, message_flags: message().flags } },
      ),
    );
  };
  return { waiting, send };
}
