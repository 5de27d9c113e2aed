/** A new password by a link of the staff. The token stands behind the `#`. */
import { createSignal, Show } from "solid-js";
import { follow, navigate } from "~/app/router";
import { logIn } from "~/app/session";
import { api } from "~/net/rest";
import { Button } from "~/ui";
import { NewPassword } from "./AccountFields";
import { createForm } from "./form";
import { AuthPage, Problem } from "./Page";

export function Reset() {
  const token = location.hash.slice(1);
  const [password, setPassword] = createSignal("");
  const form = createForm(async () => {
    const answer = await api.post<{ token: string | null }>("/auth/reset", { token, password: password() });
    if (answer.token) logIn(answer.token);
    // The password is set; the second factor is asked for as with every login.
    else navigate("/login");
  }, ["password"]);
  return (
    <AuthPage
      title="A new password"
      about="Everybody who is logged in to your account will be logged out."
      foot={
        <a href="/login" onClick={follow}>
          Log in
        </a>
      }
    >
      <Show when={token} fallback={<Problem text="This link is incomplete. Open it as you got it." />}>
        <form onSubmit={form.submit}>
          <Problem text={form.problem()} />
          <NewPassword
            label="New password"
            value={password()}
            onChange={setPassword}
            autofocus
            error={form.errors().password}
          />
          <Button look="primary" wide type="submit" busy={form.busy()}>
            Set it
          </Button>
        </form>
      </Show>
    </AuthPage>
  );
}
