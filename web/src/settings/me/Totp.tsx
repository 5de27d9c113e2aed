/** Codes of an authenticator app as second step of logging in. */
import qrcode from "qrcode-generator";
import ShieldCheck from "lucide-solid/icons/shield-check";
import ShieldOff from "lucide-solid/icons/shield-off";
import { createEffect, createSignal, Match, on, Show, Switch } from "solid-js";
import { changeToken } from "~/app/session";
import { createForm } from "~/auth/form";
import { copyText } from "~/message/act";
import { api, own } from "~/net/rest";
import { Button, Dialog, Failed, Field, Spinner, toast } from "~/ui";
import { account } from "~/user/store";
import { FormDialog } from "../FormDialog";
import { Card, Line, Section } from "../parts";
import { Password } from "./Account";
import { type Code, CodeList } from "./Codes";

export function Totp() {
  const [open, setOpen] = createSignal<"on" | "off" | null>(null);
  const [password, setPassword] = createSignal("");
  const on_ = () => account.me?.mfa_enabled ?? false;
  const show = (what: "on" | "off") => {
    setPassword("");
    setOpen(what);
  };
  const switchOff = async () => {
    await changeToken(() => api.post<{ token: string }>("/users/@me/mfa/totp/disable", { password: password() }));
    toast("The second step is switched off.", "info");
  };
  return (
    <Section
      title="Second step"
      about="A stolen password alone opens nothing: logging in also asks for a code of your phone."
    >
      <Card flush>
        <Line
          icon={on_() ? ShieldCheck : ShieldOff}
          label={
            <>
              Authenticator app <span class={`chip ${on_() ? "chip-good" : "chip-warn"}`}>{on_() ? "On" : "Off"}</span>
            </>
          }
          note={on_() ? "Logging in asks for six digits." : "Works with any app that scans such codes."}
        >
          <Show
            when={on_()}
            fallback={
              <Button small look="primary" onClick={() => show("on")}>
                Set up
              </Button>
            }
          >
            <Button small look="danger" onClick={() => show("off")}>
              Switch off
            </Button>
          </Show>
        </Line>
      </Card>
      <Show when={open() === "on"}>
        <SetUp onClose={() => setOpen(null)} />
      </Show>
      <FormDialog
        open={open() === "off"}
        onClose={() => setOpen(null)}
        title="Switch off the second step?"
        about="Then your password alone opens your account, and your backup codes are worth nothing."
        action="Switch off"
        danger
        fields={["password"]}
        onSubmit={switchOff}
      >
        {(errors) => <Password value={password()} onChange={setPassword} error={errors().password} autofocus />}
      </FormDialog>
    </Section>
  );
}

interface Secret {
  secret: string;
  uri: string;
}

function SetUp(props: { onClose: () => void }) {
  const [secret, setSecret] = createSignal<Secret>();
  const [failure, setFailure] = createSignal<unknown>();
  const [code, setCode] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [codes, setCodes] = createSignal<Code[]>();
  const begin = () => {
    setFailure(undefined);
    own.post<Secret>("/users/me/totp/secret", {}).then(setSecret, setFailure);
  };
  createEffect(on(() => undefined, begin));
  const form = createForm(async () => {
    const body = { password: password(), secret: secret()?.secret, code: code().replace(/\s/g, "") };
    const path = "/users/@me/mfa/totp/enable";
    const made = await changeToken(() => api.post<{ token: string; backup_codes: Code[] }>(path, body));
    setCodes(made.backup_codes);
  }, ["password", "code", "secret"]);
  return (
    <Dialog
      open
      onClose={props.onClose}
      width={520}
      title={codes() ? "Keep these codes" : "Set up your authenticator app"}
      about={
        codes()
          ? "Without your phone they are the only way in. Each works once."
          : "Scan the code with your app, then type what it shows."
      }
      foot={
        <Show
          when={!codes()}
          fallback={
            <Button look="primary" onClick={() => props.onClose()}>
              I have kept them
            </Button>
          }
        >
          <Button look="ghost" onClick={() => props.onClose()}>
            Cancel
          </Button>
          <Button look="primary" type="submit" form="totp-form" busy={form.busy()} disabled={!secret()}>
            Switch on
          </Button>
        </Show>
      }
    >
      <Switch fallback={<Spinner />}>
        <Match when={codes()}>{(all) => <CodeList codes={all()} />}</Match>
        <Match when={failure()}>
          <Failed error={failure()} onRetry={begin} />
        </Match>
        <Match when={secret()}>
          {(known) => (
            <form id="totp-form" class="totp" onSubmit={(event) => void form.submit(event)}>
              <Qr text={known().uri} />
              <div class="stack">
                <div>
                  <div class="field-label">Or type this key</div>
                  <button
                    type="button"
                    class="totp-secret mono"
                    title="Copy"
                    onClick={() => void copyText(known().secret, "Key copied.")}
                  >
                    {known()
                      .secret.match(/.{1,4}/g)
                      ?.join(" ")}
                  </button>
                </div>
                <Field
                  label="Code of your app"
                  value={code()}
                  onChange={setCode}
                  inputMode="numeric"
                  autocomplete="one-time-code"
                  maxLength={7}
                  required
                  error={form.errors().code}
                />
                <Password value={password()} onChange={setPassword} error={form.errors().password} />
                <Show when={form.problem()}>
                  <p class="field-error" role="alert">
                    {form.problem()}
                  </p>
                </Show>
              </div>
            </form>
          )}
        </Match>
      </Switch>
    </Dialog>
  );
}

/** A QR code: dark on white whatever the theme, cameras want it so. */
function Qr(props: { text: string }) {
  const drawn = () => {
    const code = qrcode(0, "M");
    code.addData(props.text);
    code.make();
    const size = code.getModuleCount();
    let path = "";
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) if (code.isDark(y, x)) path += `M${x + 3} ${y + 3}h1v1h-1z`;
    }
    return { size: size + 6, path };
  };
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${drawn().size} ${drawn().size}`}
      role="img"
      aria-label="QR code for your authenticator app"
      shape-rendering="crispEdges"
    >
      <rect width="100%" height="100%" fill="#fff" />
      <path d={drawn().path} fill="#10121c" />
    </svg>
  );
}
