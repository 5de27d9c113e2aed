/** Logging in: password, then a second factor where there is one; or a passkey. */
import Key from "lucide-solid/icons/key-round";
import { createSignal, Match, Show, Switch } from "solid-js";
import { follow } from "~/app/router";
import { lastWord } from "~/app/farewell";
import { instance, logIn } from "~/app/session";
import { api } from "~/net/rest";
import { Button, Field } from "~/ui";
import { createForm } from "./form";
import { AuthPage, Problem } from "./Page";
import { assert, logInWithPasskey, passkeysWork } from "./passkey";

interface Answer {
  token: string | null;
  mfa: boolean;
  ticket?: string;
  totp?: boolean;
  backup?: boolean;
  webauthn?: string | null;
}

export function Login() {
  const word = lastWord();
  const [login, setLogin] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [second, setSecond] = createSignal<Answer | null>(null);
  const form = createForm(async () => {
    const answer = await api.post<Answer>("/auth/login", { login: login().trim(), password: password() });
    if (answer.token) logIn(answer.token);
    else setSecond(answer);
  }, ["login", "password"]);
  const passkey = createForm(async () => logIn((await logInWithPasskey()).token));
  return (
    <Show when={!second()} fallback={<SecondStep answer={second() as Answer} onBack={() => setSecond(null)} />}>
      <AuthPage
        title="Welcome back"
        about="Log in to see what you missed."
        foot={
          <>
            New here?{" "}
            <a href="/register" onClick={follow}>
              Make an account
            </a>
            <span class="auth-note">Forgot your password? Whoever runs this server can send you a link.</span>
          </>
        }
      >
        <form onSubmit={form.submit}>
          <Problem text={form.problem() || passkey.problem() || word} />
          <Field
            label="Username or email"
            name="login"
            value={login()}
            onChange={setLogin}
            autocomplete="username webauthn"
            autofocus
            required
            error={form.errors().login}
          />
          <Field
            label="Password"
            name="password"
            type="password"
            value={password()}
            onChange={setPassword}
            autocomplete="current-password"
            required
            error={form.errors().password}
          />
          <Button look="primary" wide type="submit" busy={form.busy()}>
            Log in
          </Button>
        </form>
        <Show when={instance()?.passkeys && passkeysWork()}>
          <div class="auth-or">or</div>
          <Button wide busy={passkey.busy()} onClick={() => passkey.submit()}>
            <Key size={18} /> Log in with a passkey
          </Button>
        </Show>
      </AuthPage>
    </Show>
  );
}

type Way = "totp" | "backup" | "webauthn";

function SecondStep(props: { answer: Answer; onBack: () => void }) {
  const [way, setWay] = createSignal<Way>(props.answer.totp === false && props.answer.webauthn ? "webauthn" : "totp");
  const [code, setCode] = createSignal("");
  const finish = async (path: string, value: string) => {
    const { token } = await api.post<{ token: string }>(`/auth/mfa/${path}`, {
      ticket: props.answer.ticket,
      code: value,
    });
    logIn(token);
  };
  const form = createForm(async () => {
    if (way() !== "webauthn") return finish(way(), code().replace(/[\s-]/g, ""));
    const credential = await assert(JSON.parse(props.answer.webauthn ?? "{}"));
    return finish("webauthn", JSON.stringify(credential));
  }, ["code"]);
  const type = (value: string) => {
    setCode(value);
    // Six digits are complete.
    if (way() === "totp" && /^\d{6}$/.test(value.replace(/\s/g, ""))) void form.submit();
  };
  const choose = (next: Way) => {
    setCode("");
    form.setProblem("");
    setWay(next);
  };
  return (
    <AuthPage
      title="One more step"
      about={
        <Switch>
          <Match when={way() === "totp"}>Enter the six digits from your authenticator app.</Match>
          <Match when={way() === "backup"}>Enter one of your backup codes. Each works once.</Match>
          <Match when={way() === "webauthn"}>Confirm with your passkey or security key.</Match>
        </Switch>
      }
      foot={
        <button type="button" class="link" onClick={() => props.onBack()}>
          Back to log in
        </button>
      }
    >
      <form onSubmit={form.submit}>
        <Problem text={form.problem()} />
        <Show when={way() !== "webauthn"}>
          <div class="code-input">
            <Field
              label={way() === "totp" ? "Code" : "Backup code"}
              name="code"
              value={code()}
              onChange={type}
              autocomplete="one-time-code"
              inputMode={way() === "totp" ? "numeric" : "text"}
              maxLength={way() === "totp" ? 7 : 20}
              autofocus
              required
              error={form.errors().code}
            />
          </div>
        </Show>
        <Button look="primary" wide type="submit" busy={form.busy()}>
          Continue
        </Button>
      </form>
      <p class="auth-foot row" style={{ "justify-content": "center", "flex-wrap": "wrap" }}>
        <Show when={way() !== "totp" && props.answer.totp !== false}>
          <button type="button" class="link" onClick={() => choose("totp")}>
            Use an authenticator app
          </button>
        </Show>
        <Show when={way() !== "backup" && props.answer.backup !== false}>
          <button type="button" class="link" onClick={() => choose("backup")}>
            Use a backup code
          </button>
        </Show>
        <Show when={way() !== "webauthn" && props.answer.webauthn && passkeysWork()}>
          <button type="button" class="link" onClick={() => choose("webauthn")}>
            Use a passkey
          </button>
        </Show>
      </p>
    </AuthPage>
  );
}
