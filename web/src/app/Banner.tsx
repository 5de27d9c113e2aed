/** Lines over everything: no connection, read-only. */
import { createEffect, createSignal, on, onCleanup, Show } from "solid-js";
import { connection } from "~/net/socket";
import { instance } from "./session";

/** A short cut is not worth a word. */
const PATIENCE = 1200;

export function ConnectionBar() {
  const [late, setLate] = createSignal(false);
  createEffect(
    on(connection, (state) => {
      if (state === "connected") return setLate(false);
      const timer = setTimeout(() => setLate(true), PATIENCE);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  return (
    <Show when={late()}>
      <div class="bar" role="status">
        <span class="spinner" /> Connecting again…
      </div>
    </Show>
  );
}

export function Notices() {
  return (
    <Show when={instance()?.read_only}>
      <div class="bar" role="status">
        This server is read-only for now: you can read, but not write.
      </div>
    </Show>
  );
}
