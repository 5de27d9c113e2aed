/** The three fields of a new account, with how strong its password is. */
import { createSignal, For } from "solid-js";
import { Field } from "~/ui";

/** 0 to 4: length counts most, kinds of characters a little. */
export function strength(password: string): number {
  if (password.length < 8) return password.length > 0 ? 1 : 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  return Math.min(4, (password.length >= 12 ? 2 : 1) + (password.length >= 16 ? 1 : 0) + (kinds >= 3 ? 1 : 0));
}

const COLORS = ["var(--bad-solid)", "var(--idle)", "var(--good-solid)", "var(--online)"];

/** A password that is chosen, and a bar that fills as it gets better. */
export function NewPassword(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  autofocus?: boolean;
}) {
  return (
    <>
      <Field
        label={props.label}
        name="password"
        type="password"
        value={props.value}
        onChange={props.onChange}
        autocomplete="new-password"
        note="At least 8 characters."
        autofocus={props.autofocus ?? false}
        required
        error={props.error}
      />
      <Strength password={props.value} />
    </>
  );
}

export function Strength(props: { password: string }) {
  const now = () => strength(props.password);
  return (
    <div class="strength" aria-hidden="true">
      <For each={[1, 2, 3, 4]}>
        {(step) => <i style={{ background: now() >= step ? COLORS[now() - 1] : undefined }} />}
      </For>
    </div>
  );
}

export interface NewAccount {
  username: string;
  email: string;
  password: string;
}

export const ACCOUNT_FIELDS = ["username", "email", "password"] as const;

/** A new account as it is typed: what to send, and a setter for each field. */
export function createAccount() {
  const [value, setValue] = createSignal<NewAccount>({ username: "", email: "", password: "" });
  return {
    value,
    set: (patch: Partial<NewAccount>) => setValue((all) => ({ ...all, ...patch })),
    body: (): NewAccount => ({ ...value(), username: value().username.trim(), email: value().email.trim() }),
  };
}

export function AccountFields(props: {
  account: ReturnType<typeof createAccount>;
  errors: Record<string, string>;
  autofocus?: boolean;
}) {
  return (
    <>
      <Field
        label="Username"
        name="username"
        value={props.account.value().username}
        onChange={(username) => props.account.set({ username })}
        autocomplete="username"
        note="3 to 24 letters, digits or underscores."
        autofocus={props.autofocus ?? false}
        required
        error={props.errors.username}
      />
      <Field
        label="Email"
        name="email"
        type="email"
        value={props.account.value().email}
        onChange={(email) => props.account.set({ email })}
        autocomplete="email"
        required
        error={props.errors.email}
      />
      <NewPassword
        label="Password"
        value={props.account.value().password}
        onChange={(password) => props.account.set({ password })}
        error={props.errors.password}
      />
    </>
  );
}
