/** `/oauth2/authorize`: an application asks, and somebody says yes or no. */
import Check from "lucide-solid/icons/check";
import Link from "lucide-solid/icons/link-2";
import X from "lucide-solid/icons/x";
import { createEffect, createSignal, For, Match, on, Show, Switch } from "solid-js";
import { navigate } from "~/app/router";
import { comeBackTo, logOut } from "~/app/session";
import { createForm } from "~/auth/form";
import { AuthPage, Problem } from "~/auth/Page";
import { createLoaded } from "~/net/loaded";
import { explain } from "~/net/error";
import { address, api } from "~/net/rest";
import { appIcon } from "~/settings/me/application";
import { EVERY_PERMISSION } from "~/settings/permission/list";
import { Button, Choice, Picture, Spinner } from "~/ui";
import { channels } from "~/channel/store";
import { nameOf } from "~/user/store";
import { ChannelKind, type Id, type User } from "~/wire";
import { hostOf, readAsk, wordsOf } from "./scopes";
import "./oauth.css";

interface Question {
  authorized: boolean;
  application: { id: Id; name: string; icon: string | null; description: string };
  bot?: User | null;
  user: User;
  scopes: string[];
  redirect_uri: string | null;
  integration_type: number;
  guilds?: { id: Id; name: string; icon: string | null; permissions: string; is_member?: boolean }[];
}

export default function AuthorizePage() {
  const ask = readAsk(location.search);
  const question = createLoaded(
    () => ask.query,
    (query) => api.get<Question>("/oauth2/authorize", query),
  );
  return (
    <Switch>
      <Match when={question.value()}>{(known) => <Asked ask={ask} question={known()} />}</Match>
      <Match when={question.error()}>
        <AuthPage title="This cannot be asked" about={explain(question.error())}>
          <div class="stack">
            <p class="muted small">Whoever made the link has to mend it.</p>
            <Button wide onClick={() => navigate("/channels/@me")}>
              Go home
            </Button>
          </div>
        </AuthPage>
      </Match>
      <Match when={true}>
        <AuthPage title="One moment">
          <Spinner size={28} />
        </AuthPage>
      </Match>
    </Switch>
  );
}

function Asked(props: { ask: ReturnType<typeof readAsk>; question: Question }) {
  const [guild, setGuild] = createSignal(props.ask.guild);
  const [channel, setChannel] = createSignal("");
  const [bits, setBits] = createSignal(props.ask.permissions);
  const [done, setDone] = createSignal<Id | null>(null);
  const asks = (scope: string) => props.question.scopes.includes(scope);
  const places = () => props.question.guilds ?? [];
  const inGuild = () => props.question.guilds !== undefined;
  const chosen = () => places().find((one) => one.id === guild());
  const wanted = () => EVERY_PERMISSION.filter((one) => (props.ask.permissions >> BigInt(one.bit)) & 1n);
  const hooks = () =>
    Object.values(channels).filter(
      (one) => one?.guild_id === guild() && (one.type === ChannelKind.Text || one.type === ChannelKind.Announcement),
    );
  createEffect(on(guild, () => setChannel("")));
  const answer = async (yes: boolean) => {
    const body = {
      authorize: yes,
      ...(yes && guild() ? { guild_id: guild() } : {}),
      ...(yes && asks("bot") ? { permissions: bits().toString() } : {}),
      ...(yes && asks("webhook.incoming") ? { webhook_channel_id: channel() } : {}),
      integration_type: props.question.integration_type,
    };
    const { location: next } = await api.post<{ location: string }>(
      address("", "/oauth2/authorize", props.ask.query),
      body,
    );
    if (props.question.redirect_uri) location.assign(next);
    else if (yes) setDone(guild() || "@me");
    else navigate("/channels/@me", { replace: true });
  };
  const yes = createForm(() => answer(true));
  const no = createForm(() => answer(false));
  const ready = () => (!inGuild() || chosen() !== undefined) && (!asks("webhook.incoming") || channel() !== "");
  const other = () => {
    comeBackTo(location.pathname + location.search);
    void logOut();
  };
  return (
    <Show
      when={done() === null}
      fallback={
        <AuthPage
          title={`${props.question.application.name} is in`}
          about={chosen() ? `It is now in ${chosen()?.name}.` : "You can use it everywhere now."}
        >
          <Button look="primary" wide onClick={() => navigate(`/channels/${done()}`)}>
            {chosen() ? `Go to ${chosen()?.name}` : "Go home"}
          </Button>
        </AuthPage>
      }
    >
      <main class="auth">
        <section class="auth-card ask">
          <div class="ask-faces">
            <span class="ask-face">
              <Picture
                src={appIcon(props.question.application, 72)}
                name={props.question.application.name}
                id={props.question.application.id}
                size={72}
              />
            </span>
          </div>
          <h1>{props.question.application.name}</h1>
          <p class="auth-about">
            {asks("bot") ? "wants to come to a guild of yours" : "wants to reach your account"}
            <br />
            <span class="small">
              You are {nameOf(props.question.user)} (@{props.question.user.username}).{" "}
              <button type="button" class="link" onClick={other}>
                Not you?
              </button>
            </span>
          </p>
          <Problem text={yes.problem() || no.problem()} />
          <h2 class="ask-title">It will be able to</h2>
          <ul class="ask-list">
            <For each={props.question.scopes}>
              {(scope) => (
                <li>
                  <Check size={17} /> {wordsOf(scope)}
                </li>
              )}
            </For>
            <li class="ask-not">
              <X size={17} /> see your password, or write in your name
            </li>
          </ul>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (ready()) void yes.submit();
            }}
          >
            <Show when={inGuild()}>
              <Choice
                label="Guild"
                value={guild()}
                onChange={setGuild}
                disabled={props.ask.fixed && chosen() !== undefined}
                options={[
                  { value: "", label: places().length > 0 ? "Choose a guild" : "You manage no guild" },
                  ...places().map((one) => ({ value: one.id, label: one.name })),
                ]}
                note={chosen()?.is_member && asks("bot") ? "Its bot is there already." : undefined}
              />
            </Show>
            <Show when={asks("webhook.incoming") && guild()}>
              <Choice
                label="Channel"
                value={channel()}
                onChange={setChannel}
                options={[
                  { value: "", label: "Choose a channel" },
                  ...hooks().map((one) => ({ value: one.id, label: `#${one.name ?? ""}` })),
                ]}
              />
            </Show>
            <Show when={asks("bot") && wanted().length > 0}>
              <fieldset class="ask-bits">
                <legend class="field-label">What its bot may do</legend>
                <For each={wanted()}>
                  {(one) => (
                    <label class="ask-bit" title={one.about}>
                      <input
                        type="checkbox"
                        checked={((bits() >> BigInt(one.bit)) & 1n) === 1n}
                        onChange={(event) => {
                          const bit = 1n << BigInt(one.bit);
                          setBits(event.currentTarget.checked ? bits() | bit : bits() & ~bit);
                        }}
                      />
                      <span class="grow">{one.name}</span>
                      <Show when={one.grave}>
                        <span class="chip chip-warn">powerful</span>
                      </Show>
                    </label>
                  )}
                </For>
              </fieldset>
            </Show>
            <Show when={props.question.redirect_uri}>
              {(uri) => (
                <p class="ask-where">
                  <Link size={15} /> Afterwards you go to <strong>{hostOf(uri())}</strong>
                </p>
              )}
            </Show>
            <div class="ask-foot">
              <Button look="ghost" busy={no.busy()} onClick={() => void no.submit()}>
                Cancel
              </Button>
              <Button look="primary" type="submit" busy={yes.busy()} disabled={!ready()}>
                Authorise
              </Button>
            </div>
          </form>
        </section>
      </main>
    </Show>
  );
}
