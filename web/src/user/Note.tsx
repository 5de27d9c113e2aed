/** What one writes about somebody for oneself. */
import { createEffect, createSignal, createUniqueId, on, onCleanup, Show } from "solid-js";
import { ApiError } from "~/net/error";
import { api } from "~/net/rest";
import { complain } from "~/ui/Toast";
import type { Id } from "~/wire";

const LONGEST = 256;
/** Saved when somebody has stopped writing for so long, or leaves. */
const PAUSE_MS = 900;

export function Note(props: { user: Id }) {
  const id = createUniqueId();
  const [text, setText] = createSignal("");
  const [state, setState] = createSignal<"loading" | "known" | "saved">("loading");
  let saved = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = async (user: Id) => {
    clearTimeout(timer);
    const note = text().trim();
    if (note === saved) return;
    saved = note;
    try {
      await api.put(`/users/@me/notes/${user}`, { note });
      setState("saved");
    } catch (error) {
      saved = "\0";
      complain(error);
    }
  };
  createEffect(
    on(
      () => props.user,
      (user) => {
        setState("loading");
        api
          .get<{ note: string }>(`/users/@me/notes/${user}`)
          .then(({ note }) => {
            saved = note;
            setText(note);
          })
          // Where nothing was written yet there is nothing to fetch.
          .catch((error: unknown) => !(error instanceof ApiError && error.status === 404) && complain(error))
          .finally(() => setState("known"));
        onCleanup(() => {
          if (state() !== "loading") void save(user);
        });
      },
    ),
  );
  return (
    <section class="small">
      <h4>
        <label for={id}>Note</label>
        <Show when={state() === "saved"}>
          <span class="profile-saved" role="status">
            Saved
          </span>
        </Show>
      </h4>
      <textarea
        id={id}
        class="profile-note"
        rows={1}
        placeholder="Only you see this"
        maxLength={LONGEST}
        disabled={state() === "loading"}
        value={text()}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setState("known");
          clearTimeout(timer);
          timer = setTimeout(() => void save(props.user), PAUSE_MS);
        }}
        onBlur={() => void save(props.user)}
      />
    </section>
  );
}
