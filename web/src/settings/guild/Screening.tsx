/** The form that newcomers fill in before they talk: rules to agree to, and questions that somebody reads. */
import Plus from "lucide-solid/icons/plus";
import ScrollText from "lucide-solid/icons/scroll-text";
import Trash from "lucide-solid/icons/trash";
import { createSignal, Index, Show } from "solid-js";
import { navigate } from "~/app/router";
import { api } from "~/net/rest";
import { Button, Choice, Empty, Field, IconButton, Switch } from "~/ui";
import type { FormField, MemberVerification } from "~/wire";
import { createDraft } from "../draft";
import { leave } from "../guard";
import { createLoad, type Load, Loaded } from "../load";
import { Card, Section } from "../parts";
import { SaveBar } from "../SaveBar";
import { guild, guildId } from "./context";
import { QuestionHead } from "./QuestionHead";
import { asKind, bodyOf, draftOf, type FieldKind, KINDS, MOST, newQuestion, problemsOf } from "./screening";

export function ScreeningPage() {
  const form = createLoad(() => api.get<MemberVerification>(`/guilds/${guildId()}/member-verification`));
  return (
    <Loaded load={form} rows={3}>
      {(known) => <Form known={known()} load={form} />}
    </Loaded>
  );
}

function Form(props: { known: MemberVerification; load: Load<MemberVerification> }) {
  const [asks, setAsks] = createSignal(guild()?.features.includes("MEMBER_VERIFICATION_GATE_ENABLED") ?? false);
  const draft = createDraft(
    () => draftOf(props.known, asks()),
    async (_, whole) => {
      const next = await api.patch<MemberVerification>(`/guilds/${guildId()}/member-verification`, bodyOf(whole));
      setAsks(whole.enabled);
      props.load.change(() => next);
    },
    { check: problemsOf, fields: ["enabled", "description", "rules", "questions"] },
  );
  const rules = () => draft.value("rules");
  const questions = () => draft.value("questions");
  const put = (at: number, next: FormField) =>
    draft.set(
      "questions",
      questions().map((one, index) => (index === at ? next : one)),
    );
  return (
    <>
      <Section about="Whoever joins looks and reads only, until they have filled in the form.">
        <Card>
          <Switch
            label="Newcomers fill in a form"
            note={
              questions().length > 0
                ? "Somebody reads what they answer, and decides."
                : "Rules alone let in whoever agrees to them, at once."
            }
            checked={draft.value("enabled")}
            onChange={(enabled) => draft.set("enabled", enabled)}
          />
          <Show when={draft.errors().enabled}>
            <p class="field-error">{draft.errors().enabled}</p>
          </Show>
          <Field
            label="A few words over the form"
            multiline
            value={draft.value("description")}
            onChange={(value) => draft.set("description", value)}
            maxLength={MOST.about}
            placeholder="Who you are, and whom you look for"
            error={draft.errors().description}
          />
          <Show when={asks() && questions().length > 0}>
            <p class="field-note">
              Answers wait in{" "}
              <button type="button" class="link" onClick={() => leave(() => navigate(`/guilds/${guildId()}/settings/requests`))}>
                Join requests
              </button>
              .
            </p>
          </Show>
        </Card>
      </Section>
      <Section
        title={`Rules: ${rules().length} of ${MOST.rules}`}
        tools={
          <Button small disabled={rules().length >= MOST.rules} onClick={() => draft.set("rules", [...rules(), ""])}>
            <Plus size={16} /> Add a rule
          </Button>
        }
      >
        <Card>
          <Index
            each={rules()}
            fallback={
              <Empty icon={ScrollText} title="No rules yet">
                <p>Newcomers agree to them before they talk.</p>
              </Empty>
            }
          >
            {(rule, index) => (
              <div class="row rule-row">
                <span class="rule-number" aria-hidden="true">
                  {index + 1}
                </span>
                <Field
                  label={`Rule ${index + 1}`}
                  hideLabel
                  value={rule()}
                  onChange={(value) =>
                    draft.set(
                      "rules",
                      rules().map((one, at) => (at === index ? value : one)),
                    )
                  }
                  maxLength={MOST.rule}
                  placeholder="Be kind."
                />
                <IconButton
                  label={`Remove rule ${index + 1}`}
                  class="danger"
                  onClick={() =>
                    draft.set(
                      "rules",
                      rules().filter((_, at) => at !== index),
                    )
                  }
                >
                  <Trash size={16} />
                </IconButton>
              </div>
            )}
          </Index>
        </Card>
      </Section>
      <Section
        title={`Questions: ${questions().length} of ${MOST.questions}`}
        tools={
          <Button
            small
            disabled={questions().length >= MOST.questions}
            onClick={() => draft.set("questions", [...questions(), newQuestion()])}
          >
            <Plus size={16} /> Add a question
          </Button>
        }
      >
        <Index
          each={questions()}
          fallback={
            <Card>
              <p class="field-note">Without a question, whoever agrees to the rules is let in.</p>
            </Card>
          }
        >
          {(question, index) => (
            <Question
              question={question()}
              number={index + 1}
              onChange={(next) => put(index, next)}
              onRemove={() =>
                draft.set(
                  "questions",
                  questions().filter((_, at) => at !== index),
                )
              }
            />
          )}
        </Index>
        <Show when={draft.errors().questions}>
          <p class="field-error">{draft.errors().questions}</p>
        </Show>
      </Section>
      <SaveBar draft={draft} />
    </>
  );
}

function Question(props: {
  question: FormField;
  number: number;
  onChange: (next: FormField) => void;
  onRemove: () => void;
}) {
  const put = (patch: Partial<FormField>) => props.onChange({ ...props.question, ...patch });
  const choices = () => props.question.choices ?? [];
  return (
    <Card class="prompt">
      <QuestionHead
        number={props.number}
        value={props.question.label}
        onChange={(label) => put({ label })}
        onRemove={props.onRemove}
        maxLength={MOST.label}
        placeholder="What brings you here?"
      />
      <Choice
        label="Answered by"
        value={props.question.field_type}
        onChange={(kind) => props.onChange(asKind(props.question, kind as FieldKind))}
        options={KINDS}
      />
      <Show
        when={props.question.field_type === "MULTIPLE_CHOICE"}
        fallback={
          <Field
            label="In the empty field (optional)"
            value={props.question.placeholder ?? ""}
            onChange={(placeholder) => put({ placeholder })}
            maxLength={MOST.hint}
          />
        }
      >
        <div class="stack" style={{ gap: "8px" }} role="group" aria-label={`Answers of question ${props.number}`}>
          <Index each={choices()}>
            {(choice, index) => (
              <div class="row rule-row">
                <Field
                  label={`Answer ${index + 1}`}
                  hideLabel
                  value={choice()}
                  onChange={(value) => put({ choices: choices().map((one, at) => (at === index ? value : one)) })}
                  maxLength={MOST.choice}
                  placeholder={`Answer ${index + 1}`}
                />
                <IconButton
                  label={`Remove answer ${index + 1}`}
                  class="danger"
                  disabled={choices().length <= 2}
                  onClick={() => put({ choices: choices().filter((_, at) => at !== index) })}
                >
                  <Trash size={16} />
                </IconButton>
              </div>
            )}
          </Index>
          <div class="row">
            <Button
              small
              disabled={choices().length >= MOST.choices}
              onClick={() => put({ choices: [...choices(), ""] })}
            >
              <Plus size={15} /> Add an answer
            </Button>
          </div>
        </div>
      </Show>
      <Switch
        label="Must be answered"
        checked={props.question.required}
        onChange={(required) => put({ required })}
      />
    </Card>
  );
}
