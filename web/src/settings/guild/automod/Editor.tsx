/** One rule: what it looks for, what it does, and for whom it does not count. */
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { roleColor } from "~/member/store";
import { api } from "~/net/rest";
import { Choice, Confirm, Field, IconButton, Switch } from "~/ui";
import { type Rule, RuleAction, Trigger } from "~/wire";
import { createDraft } from "../../draft";
import { Card, Section } from "../../parts";
import { Picks } from "../../Picks";
import { SaveBar } from "../../SaveBar";
import { asOptions, guildId, textChannels } from "../context";
import { pickableChannels } from "../OnboardingPrompt";
import { roles } from "../rank";
import { bodyOf, draftOf, kindOf, newDraft, problemsOf } from "./rule";

const PRESETS = [
  { value: 1, label: "Swearing" },
  { value: 2, label: "Sexual content" },
  { value: 3, label: "Slurs and insults" },
];

const TIMEOUTS = [
  { value: "0", label: "No timeout" },
  { value: "60", label: "1 minute" },
  { value: "300", label: "5 minutes" },
  { value: "600", label: "10 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "1 week" },
];

interface EditorProps {
  /** Absent for a new one. */
  rule: Rule | undefined;
  trigger: number;
  onSaved: (rule: Rule) => void;
  onGone: (id: string) => void;
}

export function RuleEditor(props: EditorProps) {
  const [removing, setRemoving] = createSignal(false);
  const kind = () => kindOf(props.trigger);
  const path = () => `/guilds/${guildId()}/auto-moderation/rules`;
  const save = async (whole: ReturnType<typeof newDraft>) => {
    const body = bodyOf(props.trigger, whole);
    const event_type = props.trigger === Trigger.Profile ? 2 : 1;
    const next = props.rule
      ? await api.patch<Rule>(`${path()}/${props.rule.id}`, body)
      : await api.post<Rule>(path(), { ...body, event_type, trigger_type: props.trigger });
    props.onSaved(next);
  };
  const fresh = newDraft(props.trigger);
  const draft = createDraft(
    // A new one differs from nothing: it can be saved as it begins.
    () => (props.rule ? draftOf(props.rule) : { ...fresh, enabled: false }),
    async (_, whole) => save(whole),
    { check: (whole) => problemsOf(props.trigger, whole) },
  );
  if (!props.rule) draft.set("enabled", true);
  const errors = () => draft.errors();
  const words = () => props.trigger === Trigger.Keyword || props.trigger === Trigger.Profile;
  const does = (action: number) => kind().actions.includes(action);
  return (
    <>
      <header class="editor-head">
        <h2 class="grow truncate">{props.rule?.name ?? `New: ${kind().name}`}</h2>
        <Show when={props.rule}>
          <IconButton label="Delete the rule" class="danger" onClick={() => setRemoving(true)}>
            <Trash size={18} />
          </IconButton>
        </Show>
      </header>
      <Section about={kind().about}>
        <Card>
          <Field
            label="Name"
            value={draft.value("name")}
            onChange={(value) => draft.set("name", value)}
            maxLength={100}
            required
            error={errors().name}
          />
          <Show when={words()}>
            <Field
              label="Words"
              multiline
              value={draft.value("words")}
              onChange={(value) => draft.set("words", value)}
              placeholder={"lamp\n*oil*"}
              note="One a line, or with commas. A * at an end means that the word may go on there."
              error={errors().words ?? errors()["trigger_metadata.keyword_filter"]}
            />
            <Field
              label="Patterns"
              multiline
              value={draft.value("patterns")}
              onChange={(value) => draft.set("patterns", value)}
              note="Regular expressions, one a line, ten at most."
              error={errors().patterns ?? errors()["trigger_metadata.regex_patterns"]}
            />
          </Show>
          <Show when={props.trigger === Trigger.Preset}>
            <div class="stack" role="group" aria-label="Lists">
              <For each={PRESETS}>
                {(one) => (
                  <Switch
                    label={one.label}
                    checked={draft.value("presets").includes(one.value)}
                    onChange={(on) =>
                      draft.set(
                        "presets",
                        on
                          ? [...draft.value("presets"), one.value].sort()
                          : draft.value("presets").filter((other) => other !== one.value),
                      )
                    }
                  />
                )}
              </For>
              <Show when={errors().presets}>
                <p class="field-error">{errors().presets}</p>
              </Show>
            </div>
          </Show>
          <Show when={words() || props.trigger === Trigger.Preset}>
            <Field
              label="Words that pass"
              multiline
              value={draft.value("allowed")}
              onChange={(value) => draft.set("allowed", value)}
              note="Even where they hold a word from above."
              error={errors()["trigger_metadata.allow_list"]}
            />
          </Show>
          <Show when={props.trigger === Trigger.Mentions}>
            <Field
              label="Most mentions in a message"
              type="number"
              inputMode="numeric"
              value={String(draft.value("mentions"))}
              onChange={(value) => draft.set("mentions", Math.max(0, Math.min(50, Number(value) || 0)))}
              note="Different people and roles, 50 at most."
              error={errors()["trigger_metadata.mention_total_limit"]}
            />
            <Switch
              label="Watch for raids"
              note="Many mentions by many newcomers at once are stopped too."
              checked={draft.value("raids")}
              onChange={(on) => draft.set("raids", on)}
            />
          </Show>
        </Card>
      </Section>
      <Section title="What it does">
        <Card>
          <Switch
            label={does(RuleAction.BlockInteraction) ? "Keep the member quiet" : "Block the message"}
            note={
              does(RuleAction.BlockInteraction)
                ? "They read, but neither write nor speak until their name is another."
                : "Nobody sees it."
            }
            checked={draft.value("block")}
            onChange={(on) => draft.set("block", on)}
          />
          <Show when={draft.value("block") && does(RuleAction.Block)}>
            <Field
              label="What its author reads"
              value={draft.value("explanation")}
              onChange={(value) => draft.set("explanation", value)}
              maxLength={150}
              placeholder="This is not said here."
            />
          </Show>
          <Choice
            label="Tell it in"
            value={draft.value("alert")}
            onChange={(value) => draft.set("alert", value)}
            options={asOptions(textChannels(), "No channel")}
            note="Best a channel that only moderators see."
          />
          <Show when={does(RuleAction.Timeout)}>
            <Choice
              label="Timeout for its author"
              value={String(draft.value("timeout"))}
              onChange={(value) => draft.set("timeout", Number(value))}
              options={TIMEOUTS.some((one) => one.value === String(draft.value("timeout"))) ? TIMEOUTS : [...TIMEOUTS, { value: String(draft.value("timeout")), label: `${draft.value("timeout")} seconds` }]}
            />
          </Show>
          <Show when={errors().block}>
            <p class="field-error">{errors().block}</p>
          </Show>
        </Card>
      </Section>
      <Section title="For whom it does not count">
        <Card>
          <Picks
            label="Roles"
            options={roles().map((role) => ({ value: role.id, label: role.name, color: roleColor(role) }))}
            value={draft.value("exempt_roles")}
            onChange={(value) => draft.set("exempt_roles", value)}
            most={20}
            error={errors().exempt_roles}
          />
          <Show when={props.trigger !== Trigger.Profile}>
            <Picks
              label="Channels"
              options={pickableChannels()}
              value={draft.value("exempt_channels")}
              onChange={(value) => draft.set("exempt_channels", value)}
              most={50}
              error={errors().exempt_channels}
            />
          </Show>
        </Card>
      </Section>
      <SaveBar draft={draft} />
      <Confirm
        open={removing()}
        onClose={() => setRemoving(false)}
        title={`Delete ${props.rule?.name ?? "the rule"}?`}
        about="What it kept out can be said again."
        action="Delete"
        onConfirm={async () => {
          const id = props.rule?.id ?? "";
          await api.delete(`${path()}/${id}`);
          props.onGone(id);
        }}
      />
    </>
  );
}
