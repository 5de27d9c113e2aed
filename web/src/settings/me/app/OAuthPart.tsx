/** OAuth2 of an application: its secret, where logins return to, and a link that asks. */
import Copy from "lucide-solid/icons/copy";
import KeyRound from "lucide-solid/icons/key-round";
import { createSignal, For, Show } from "solid-js";
import { copyText } from "~/message/act";
import { api, own } from "~/net/rest";
import { ALL_SCOPES, askAddress, wordsOf } from "~/oauth/scopes";
import { Button, Choice, Confirm, Field, Switch } from "~/ui";
import { createDraft } from "../../draft";
import { linesOf } from "../../guild/automod/rule";
import { Card, Line, Section } from "../../parts";
import { BOT_PRESETS } from "../../permission/presets";
import { SaveBar } from "../../SaveBar";
import type { Application } from "../application";
import { TokenDialog } from "../TokenDialog";
import type { PartProps } from "./part";

export function OAuthPart(props: PartProps) {
  const [resetting, setResetting] = createSignal(false);
  const [secret, setSecret] = createSignal<string | null>(null);
  const draft = createDraft(
    () => ({
      redirect_uris: (props.application.redirect_uris ?? []).join("\n"),
      public_client: props.application.public_client ?? false,
    }),
    async (changes) => {
      const { redirect_uris, ...rest } = changes;
      const body = { ...rest, ...(redirect_uris === undefined ? {} : { redirect_uris: linesOf(redirect_uris) }) };
      props.onChange(await api.patch<Application>(`/applications/${props.application.id}`, body));
    },
  );
  const reset = async () => {
    const made = await own.post<{ client_secret: string }>(`/applications/${props.application.id}/secret/reset`, {});
    setSecret(made.client_secret);
  };
  return (
    <>
      <Section about="Others can log in with their account here, and let your application see what you ask for.">
        <Card flush>
          <Line icon={KeyRound} label="Client secret" note="Your server proves with it that it is yours. The old one stops working.">
            <Button small look="danger" onClick={() => setResetting(true)}>
              Make a new secret
            </Button>
          </Line>
          <Switch
            label="Public client"
            note="For programs that cannot keep a secret: they prove themselves by PKCE."
            checked={draft.value("public_client")}
            onChange={(on) => draft.set("public_client", on)}
          />
        </Card>
        <Card>
          <Field
            label="Redirects"
            multiline
            value={draft.value("redirect_uris")}
            onChange={(value) => draft.set("redirect_uris", value)}
            placeholder="https://example.org/login"
            note="One a line, ten at most. Logins return to these and nowhere else."
            error={Object.entries(draft.errors()).find(([path]) => path.startsWith("redirect_uris"))?.[1]}
          />
        </Card>
      </Section>
      <Generator application={props.application} />
      <SaveBar draft={draft} />
      <Confirm
        open={resetting()}
        onClose={() => setResetting(false)}
        title="Make a new secret?"
        about="Logins with the old one stop working."
        action="Make a new secret"
        onConfirm={reset}
      />
      <TokenDialog token={secret()} onClose={() => setSecret(null)} title="The client secret" about="It is shown only now: keep it somewhere safe." />
    </>
  );
}

/** Puts together the address under which somebody is asked. */
function Generator(props: { application: Application }) {
  const [scopes, setScopes] = createSignal<readonly string[]>(["bot", "applications.commands"]);
  const [preset, setPreset] = createSignal<string>(BOT_PRESETS[1].value);
  const [redirect, setRedirect] = createSignal("");
  const logs = () => scopes().some((scope) => scope !== "bot" && scope !== "applications.commands");
  const link = () =>
    askAddress(location.origin, {
      client: props.application.id,
      scopes: scopes(),
      permissions: BigInt(preset()),
      redirect: redirect() || props.application.redirect_uris?.[0] || "",
    });
  return (
    <Section title="A link that asks" about="Whoever opens it says yes or no.">
      <Card>
        <fieldset class="scope-list">
          <legend class="field-label">What for</legend>
          <For each={ALL_SCOPES}>
            {(scope) => (
              <label class="check-line">
                <input
                  type="checkbox"
                  checked={scopes().includes(scope)}
                  onChange={(event) =>
                    setScopes((all) =>
                      event.currentTarget.checked ? [...all, scope] : all.filter((other) => other !== scope),
                    )
                  }
                />
                <span class="grow">
                  <span class="mono">{scope}</span>
                  <span class="who-sub">{wordsOf(scope)}</span>
                </span>
              </label>
            )}
          </For>
        </fieldset>
        <Show when={scopes().includes("bot")}>
          <Choice label="What its bot may do" value={preset()} onChange={setPreset} options={BOT_PRESETS} />
        </Show>
        <Show when={logs()}>
          <Choice
            label="Returns to"
            value={redirect() || props.application.redirect_uris?.[0] || ""}
            onChange={setRedirect}
            options={(props.application.redirect_uris ?? []).map((value) => ({ value, label: value }))}
            note={(props.application.redirect_uris?.length ?? 0) === 0 ? "Save a redirect first." : undefined}
          />
        </Show>
        <div class="copy-line">
          <input class="copy-text" readonly aria-label="The link" value={scopes().length > 0 ? link() : ""} />
          <Button small disabled={scopes().length === 0} onClick={() => void copyText(link(), "Link copied.")}>
            <Copy size={15} /> Copy
          </Button>
        </div>
      </Card>
    </Section>
  );
}
