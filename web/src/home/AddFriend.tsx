/** Asking somebody to be a friend, by name. */
import Check from "lucide-solid/icons/circle-check";
import { createSignal, Show } from "solid-js";
import { createForm } from "~/auth/form";
import { ask } from "~/relationship/store";
import { Button, Field } from "~/ui";
import { account } from "~/user/store";

export function AddFriend() {
  const [name, setName] = createSignal("");
  const [asked, setAsked] = createSignal("");
  const form = createForm(async () => {
    const wanted = name().trim().replace(/^@/, "");
    setAsked("");
    await ask(wanted);
    setAsked(wanted);
    setName("");
  }, ["username"]);
  return (
    <section class="friend-add">
      <h2>Add a friend</h2>
      <p class="muted">
        You need their username. Yours is <strong>{account.me?.username}</strong>.
      </p>
      <form class="friend-add-line" onSubmit={form.submit}>
        <Field
          label="Username"
          hideLabel
          placeholder="Username"
          value={name()}
          onChange={(value) => {
            setName(value);
            setAsked("");
          }}
          maxLength={64}
          autofocus
          error={form.errors().username ?? (form.problem() || undefined)}
        />
        <Button look="primary" type="submit" busy={form.busy()} disabled={!name().trim()}>
          Send request
        </Button>
      </form>
      <Show when={asked()}>
        <p class="friend-asked" role="status">
          <Check size={16} /> {asked()} was asked. You are friends once they accept.
        </p>
      </Show>
    </section>
  );
}
