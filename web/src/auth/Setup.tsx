/** The first page of a new server: its owner and its first guild. The token stands behind the `#` of the printed link. */
import { createSignal, Show } from "solid-js";
import { follow } from "~/app/router";
import { instance, logIn } from "~/app/session";
import { own } from "~/net/rest";
import { Button, Field } from "~/ui";
import { ACCOUNT_FIELDS, AccountFields, createAccount } from "./AccountFields";
import { createForm } from "./form";
import { AuthPage, Problem } from "./Page";

export function Setup() {
  const token = location.hash.slice(1);
  const account = createAccount();
  const [guild, setGuild] = createSignal("");
  const form = createForm(async () => {
    const made = await own.post<{ token: string; guild_id: string }>("/setup", {
      setup_token: token,
      ...account.body(),
      guild_name: guild().trim(),
    });
    logIn(made.token, `/channels/${made.guild_id}`);
  }, [...ACCOUNT_FIELDS, "guild_name"]);
  const done = () => instance()?.setup_needed === false && !form.busy();
  return (
    <Show when={!done()} fallback={<Done />}>
      <AuthPage title="Your hall is ready" about="Make the owner's account and the first guild. This link works once.">
        <Show when={token} fallback={<Problem text="This link is incomplete. Open it as the server printed it." />}>
          <form onSubmit={form.submit}>
            <Problem text={form.problem()} />
            <Field
              label="Name of your guild"
              name="guild_name"
              value={guild()}
              onChange={setGuild}
              placeholder="The Lighthouse"
              autofocus
              required
              maxLength={80}
              error={form.errors().guild_name}
            />
            <AccountFields account={account} errors={form.errors()} />
            <Button look="primary" wide type="submit" busy={form.busy()}>
              Open the doors
            </Button>
          </form>
        </Show>
      </AuthPage>
    </Show>
  );
}

function Done() {
  return (
    <AuthPage title="This hall has its owner" about="The setup link was used already. It works once.">
      <a class="button button-primary button-wide" href="/login" onClick={follow}>
        Log in
      </a>
    </AuthPage>
  );
}
