/** One's account: how one logs in, and the end of it. */
import AtSign from "lucide-solid/icons/at-sign";
import Hash from "lucide-solid/icons/hash";
import KeyRound from "lucide-solid/icons/key-round";
import LogOut from "lucide-solid/icons/log-out";
import Mail from "lucide-solid/icons/mail";
import { createSignal, Show } from "solid-js";
import { changeToken, logOut } from "~/app/session";
import { Strength } from "~/auth/AccountFields";
import { copyText } from "~/message/act";
import { longDay } from "~/message/time";
import { api } from "~/net/rest";
import { timeOf } from "~/net/snowflake";
import { Avatar, Button, Field, toast } from "~/ui";
import { account, nameOf, setMe } from "~/user/store";
import type { CurrentUser } from "~/wire";
import { FormDialog } from "../FormDialog";
import { Card, Line, Section } from "../parts";
import { DeleteAccount } from "./DeleteAccount";

type Editing = "username" | "email" | "password" | "delete" | null;

export function Account() {
  const [editing, setEditing] = createSignal<Editing>(null);
  const [value, setValue] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [again, setAgain] = createSignal("");
  const open = (what: Editing) => {
    const me = account.me;
    setValue(what === "username" ? (me?.username ?? "") : what === "email" ? (me?.email ?? "") : "");
    setPassword("");
    setAgain("");
    setEditing(what);
  };
  const close = () => setEditing(null);
  const save = async (changes: Record<string, unknown>) => {
    const body = { ...changes, password: password() };
    const { token: _, ...me } = await changeToken(() =>
      api.patch<CurrentUser & { token?: string }>("/users/@me", body),
    );
    setMe(me);
  };
  const changePassword = async () => {
    if (value() !== again()) throw new Error("The new passwords are not the same.");
    await save({ new_password: value() });
    toast("Your password is changed. Every other device is logged out.", "good");
  };
  return (
    <Show when={account.me}>
      {(me) => (
        <>
          <Card class="me-card">
            <Avatar user={me()} size={72} />
            <div class="grow">
              <div class="me-name">{nameOf(me())}</div>
              <div class="muted">
                @{me().username} · since {longDay(timeOf(me().id))}
              </div>
            </div>
          </Card>
          <Section title="Log in">
            <Card flush>
              <Line icon={AtSign} label="Username" note={me().username}>
                <Button small onClick={() => open("username")}>
                  Edit<span class="visually-hidden"> username</span>
                </Button>
              </Line>
              <Line icon={Mail} label="Email" note={me().email ?? "None"}>
                <Button small onClick={() => open("email")}>
                  Edit<span class="visually-hidden"> email</span>
                </Button>
              </Line>
              <Line icon={KeyRound} label="Password" note="A new one logs out every other device.">
                <Button small onClick={() => open("password")}>
                  Change<span class="visually-hidden"> password</span>
                </Button>
              </Line>
              <Line icon={Hash} label="Id" note={<span class="mono">{me().id}</span>}>
                <Button small look="ghost" onClick={() => void copyText(me().id, "Id copied.")}>
                  Copy<span class="visually-hidden"> id</span>
                </Button>
              </Line>
            </Card>
          </Section>
          <Section title="This device">
            <Card flush>
              <Line icon={LogOut} label="Log out" note="Ends this session only. Others are listed under Security.">
                <Button small onClick={() => void logOut()}>
                  Log out
                </Button>
              </Line>
            </Card>
          </Section>
          <Section
            title="Delete account"
            danger
            about="Your account, friends and memberships go for good. What you wrote stays, without your name."
          >
            <Card flush>
              <Line label="Delete this account" note="This cannot be undone.">
                <Button look="danger" small onClick={() => open("delete")}>
                  Delete account
                </Button>
              </Line>
            </Card>
          </Section>
          <FormDialog
            open={editing() === "username"}
            onClose={close}
            title="Change your username"
            about="Others find you by it. 3 to 24 letters, digits or underscores."
            action="Save"
            fields={["username", "password"]}
            onSubmit={() => save({ username: value().trim() })}
          >
            {(errors) => (
              <>
                <Field
                  label="Username"
                  value={value()}
                  onChange={setValue}
                  maxLength={24}
                  autofocus
                  required
                  error={errors().username}
                />
                <Password value={password()} onChange={setPassword} error={errors().password} />
              </>
            )}
          </FormDialog>
          <FormDialog
            open={editing() === "email"}
            onClose={close}
            title="Change your email"
            action="Save"
            fields={["email", "password"]}
            onSubmit={() => save({ email: value().trim() })}
          >
            {(errors) => (
              <>
                <Field
                  label="Email"
                  type="email"
                  value={value()}
                  onChange={setValue}
                  maxLength={254}
                  autofocus
                  required
                  error={errors().email}
                />
                <Password value={password()} onChange={setPassword} error={errors().password} />
              </>
            )}
          </FormDialog>
          <FormDialog
            open={editing() === "password"}
            onClose={close}
            title="Change your password"
            about="Every other device is logged out."
            action="Change password"
            fields={["password", "new_password"]}
            onSubmit={changePassword}
          >
            {(errors) => (
              <>
                <Password value={password()} onChange={setPassword} error={errors().password} autofocus />
                <Field
                  label="New password"
                  type="password"
                  value={value()}
                  onChange={setValue}
                  autocomplete="new-password"
                  note="At least 8 characters."
                  required
                  error={errors().new_password}
                />
                <Strength password={value()} />
                <Field
                  label="New password again"
                  type="password"
                  value={again()}
                  onChange={setAgain}
                  autocomplete="new-password"
                  required
                  error={again() && again() !== value() ? "Not the same as above." : undefined}
                />
              </>
            )}
          </FormDialog>
          <DeleteAccount open={editing() === "delete"} onClose={close} />
        </>
      )}
    </Show>
  );
}

export function Password(props: {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  autofocus?: boolean;
  label?: string;
}) {
  return (
    <Field
      label={props.label ?? "Your password"}
      type="password"
      name="password"
      value={props.value}
      onChange={props.onChange}
      autocomplete="current-password"
      autofocus={props.autofocus ?? false}
      required
      error={props.error}
    />
  );
}
