/** What a newcomer is asked before they come in: one question after the other. */
import { createSignal, Match, Show, Switch } from "solid-js";
import { navigate } from "~/app/router";
import { firstChannel } from "~/channel/store";
import { MenuButton } from "~/channel/Header";
import { guilds } from "~/guild/store";
import { createLoaded } from "~/net/loaded";
import { explain } from "~/net/error";
import { api } from "~/net/rest";
import { guildIcon } from "~/net/cdn";
import { Button, Failed, Picture, SkeletonRows } from "~/ui";
import type { Id, Onboarding } from "~/wire";
import { type Answers, asked, mayGoOn, pick } from "./answers";
import { Question } from "./Questions";
import { answer, asksNothing } from "./store";
import "./onboarding.css";

export default function OnboardingFlow(props: { guild: Id }) {
  const onboarding = createLoaded(
    () => props.guild,
    async (id) => {
      const found = await api.get<Onboarding>(`/guilds/${id}/onboarding`);
      if (!found.enabled) asksNothing(id);
      return found;
    },
  );
  return (
    <div class="onboarding">
      <div class="onboarding-head">
        <MenuButton />
      </div>
      <Switch fallback={<SkeletonRows rows={5} />}>
        <Match when={onboarding.value()}>{(known) => <Steps guild={props.guild} onboarding={known()} />}</Match>
        <Match when={onboarding.error()}>
          <Failed error={onboarding.error()} onRetry={() => onboarding.again()} />
        </Match>
      </Switch>
    </div>
  );
}

function Steps(props: { guild: Id; onboarding: Onboarding }) {
  const [at, setAt] = createSignal(0);
  const [answers, setAnswers] = createSignal<Answers>(new Set<Id>());
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal("");
  let top: HTMLHeadingElement | undefined;
  const prompts = () => asked(props.onboarding);
  const prompt = () => prompts()[at()];
  const last = () => at() >= prompts().length - 1;
  const finish = async () => {
    setBusy(true);
    setProblem("");
    try {
      await answer(props.guild, answers());
      const first = props.onboarding.default_channel_ids[0] ?? firstChannel(props.guild)?.id;
      if (first) navigate(`/channels/${props.guild}/${first}`, { replace: true });
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };
  const go = (step: number) => {
    setAt(step);
    top?.focus();
  };
  const known = () => guilds[props.guild];
  return (
    <div class="onboarding-card">
      <div class="onboarding-guild">
        <span class="guild-face">
          <Picture
            src={known() ? guildIcon(known() as { id: Id; icon: string | null }, 44) : null}
            name={known()?.name ?? ""}
            id={props.guild}
            size={44}
          />
        </span>
        <div class="grow">
          <h1 class="onboarding-title" tabindex={-1} ref={top}>
            Welcome to {known()?.name}
          </h1>
          <p class="muted small">
            {prompts().length > 0
              ? "A few questions, and you find what is for you."
              : "Come in: there is nothing to answer."}
          </p>
        </div>
      </div>
      <Show when={prompts().length > 1}>
        <div class="onboarding-steps" role="img" aria-label={`Question ${at() + 1} of ${prompts().length}`}>
          {prompts().map((_, index) => (
            <i classList={{ done: index <= at() }} />
          ))}
        </div>
      </Show>
      <Show when={prompt()} keyed>
        {(now) => (
          <Question prompt={now} answers={answers()} onPick={(id) => setAnswers((all) => pick(all, now, id))} />
        )}
      </Show>
      <Show when={problem()}>
        <p class="field-error" role="alert">
          {problem()}
        </p>
      </Show>
      <div class="onboarding-foot">
        <Show when={at() > 0}>
          <Button look="ghost" onClick={() => go(at() - 1)}>
            Back
          </Button>
        </Show>
        <span class="grow" />
        <Show
          when={!last()}
          fallback={
            <Button
              look="primary"
              busy={busy()}
              disabled={prompts().some((one) => !mayGoOn(answers(), one))}
              onClick={() => void finish()}
            >
              Finish
            </Button>
          }
        >
          <Button
            look="primary"
            disabled={!mayGoOn(answers(), prompt() as NonNullable<ReturnType<typeof prompt>>)}
            onClick={() => go(at() + 1)}
          >
            {prompt() && [...answers()].some((id) => prompt()?.options.some((one) => one.id === id)) ? "Next" : "Skip"}
          </Button>
        </Show>
      </div>
    </div>
  );
}
