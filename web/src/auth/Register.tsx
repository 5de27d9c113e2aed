/** Making an account, by itself or on the way through an invite. */
import { createSignal, For, Show } from "solid-js";
import { follow } from "~/app/router";
import { instance, logIn } from "~/app/session";
import { api } from "~/net/rest";
import { Button, Field } from "~/ui";
import { createForm } from "./form";
import { AuthPage, Problem } from "./Page";

/** 0 to 4: length counts most, kinds of characters a little. */
export function strength(password: string): number {
  if (password.length < 8) return password.length > 0 ? 1 : 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  return Math.min(4, (password.length >= 12 ? 2 : 1) + (password.length >= 16 ? 1 : 0) + (kinds >= 3 ? 1 : 0));
}

export function Strength(props: { password: string }) {
  const colors = ["var(--bad-solid)", "var(--idle)", "var(--good-solid)", "var(--online)"];
  return (
    <div class="strength" aria-hidden="true">
      <For each={[1, 2, 3, 4]}>
        {(step) => (
          <i
            style={{ background: strength(props.password) >= step ? colors[strength(props.password) - 1] : undefined }}
          />
        )}
      </For>
    </div>
  );
}

export function Register(props: { invite?: string; onDone?: (token: string) => void; place?: string }) {
  const given = props.invite ?? new URLSearchParams(location.search).get("invite") ?? "";
  const [username, setUsername] = createSignal("");
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [invite, setInvite] = createSignal(given);
  const closed = () => instance()?.registration === "closed";
  const needsInvite = () => instance()?.registration === "invite";
  const form = createForm(async () => {
    const code = invite()
      .trim()
      .replace(/^.*\/invite\//, "");
    const { token } = await api.post<{ token: string }>("/auth/register", {
      username: username().trim(),
      email: email().trim(),
      password: password(),
      ...(code ? { invite: code } : {}),
    });
    if (props.onDone) props.onDone(token);
    else logIn(token);
  }, ["username", "email", "password", "invite"]);
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
          <Field
            label="Username"
            name="username"
            value={username()}
            onChange={setUsername}
            autocomplete="username"
            note="3 to 24 letters, digits or underscores."
            autofocus
            required
            error={form.errors().username}
          />
          <Field
            label="Email"
            name="email"
            type="email"
            value={email()}
            onChange={setEmail}
            autocomplete="email"
            required
            error={form.errors().email}
          />
          <Field
            label="Password"
            name="password"
            type="password"
            value={password()}
            onChange={setPassword}
            autocomplete="new-password"
            note="At least 8 characters."
            required
            error={form.errors().password}
          />
          <Strength password={password()} />
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
