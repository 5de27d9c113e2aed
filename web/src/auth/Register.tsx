/** Making an account, by itself or on the way through an invite. */
import { createSignal, Show } from "solid-js";
import { follow } from "~/app/router";
import { instance, logIn } from "~/app/session";
import { api } from "~/net/rest";
import { Button, Field } from "~/ui";
import { ACCOUNT_FIELDS, AccountFields, createAccount } from "./AccountFields";
import { createForm } from "./form";
import { AuthPage, Problem } from "./Page";

export function Register(props: { invite?: string; onDone?: (token: string) => void; place?: string }) {
  const given = props.invite ?? new URLSearchParams(location.search).get("invite") ?? "";
  const account = createAccount();
  const [invite, setInvite] = createSignal(given);
  const closed = () => instance()?.registration === "closed";
  const needsInvite = () => instance()?.registration === "invite";
  const form = createForm(async () => {
    const code = invite()
      .trim()
      .replace(/^.*\/invite\//, "");
    const { token } = await api.post<{ token: string }>("/auth/register", {
      ...account.body(),
      ...(code ? { invite: code } : {}),
    });
    if (props.onDone) props.onDone(token);
    else logIn(token);
  }, [...ACCOUNT_FIELDS, "invite"]);
  return (
    <AuthPage
      title={props.place ? `Join ${props.place}` : "Make an account"}
      about={props.place ? "Make an account, and you are in." : "It takes a minute, and it is yours."}
      foot={
        <>
          Already have one?{" "}
          <a href="/login" onClick={follow}>
            Log in
          </a>
        </>
      }
    >
      <Show when={!closed()} fallback={<Problem text="Registration is closed here. Ask whoever runs this server." />}>
        <form onSubmit={form.submit}>
          <Problem text={form.problem()} />
          <AccountFields account={account} errors={form.errors()} autofocus />
          <Show when={!props.invite && (needsInvite() || given)}>
            <Field
              label={needsInvite() ? "Invite" : "Invite (optional)"}
              name="invite"
              value={invite()}
              onChange={setInvite}
              note="The link or the code that you were given."
              required={needsInvite()}
              error={form.errors().invite}
            />
          </Show>
          <Button look="primary" wide type="submit" busy={form.busy()}>
            Make account
          </Button>
        </form>
      </Show>
    </AuthPage>
  );
}
