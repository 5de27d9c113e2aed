/** A question that newcomers are asked, as it is made. */
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { Index, Show } from "solid-js";
import { roleColor } from "~/member/store";
import { Button, Field, IconButton, Switch } from "~/ui";
import { type Channel, ChannelKind, type Prompt, type PromptOption } from "~/wire";
import { EmojiField } from "../EmojiField";
import { Card } from "../parts";
import { Picks } from "../Picks";
import { channelsOf } from "./context";
import { newOption, problemOf } from "./onboarding";
import { QuestionHead } from "./QuestionHead";
import { givable } from "./rank";

const MOST = 50;

export const pickableChannels = (): { value: string; label: string }[] =>
  channelsOf(
    ChannelKind.Text,
    ChannelKind.Announcement,
    ChannelKind.Forum,
    ChannelKind.Media,
    ChannelKind.Voice,
    ChannelKind.Stage,
  ).map((one: Channel) => ({ value: one.id, label: `#${one.name ?? ""}` }));

export function OnboardingPrompt(props: {
  prompt: Prompt;
  number: number;
  onChange: (next: Prompt) => void;
  onRemove: () => void;
}) {
  const put = (patch: Partial<Prompt>) => props.onChange({ ...props.prompt, ...patch });
  const putOption = (at: number, patch: Partial<PromptOption>) =>
    put({ options: props.prompt.options.map((one, index) => (index === at ? { ...one, ...patch } : one)) });
  return (
    <Card class="prompt">
      <QuestionHead
        number={props.number}
        value={props.prompt.title}
        onChange={(title) => put({ title })}
        onRemove={props.onRemove}
        maxLength={100}
        placeholder="What brings you here?"
      />
      <Index each={props.prompt.options}>
        {(option, index) => (
          <div class="prompt-option" role="group" aria-label={`Answer ${index + 1}`}>
            <div class="row prompt-option-head">
              <EmojiField label="Emoji" value={option().emoji} onChange={(emoji) => putOption(index, { emoji })} />
              <Field
                label={`Answer ${index + 1}`}
                hideLabel
                value={option().title}
                onChange={(title) => putOption(index, { title })}
                maxLength={50}
                placeholder={`Answer ${index + 1}`}
                required
              />
              <Field
                label="About it"
                hideLabel
                value={option().description ?? ""}
                onChange={(description) => putOption(index, { description })}
                maxLength={100}
                placeholder="A word about it (optional)"
              />
              <IconButton
                label={`Remove answer ${index + 1}`}
                class="danger"
                disabled={props.prompt.options.length === 1}
                onClick={() => put({ options: props.prompt.options.filter((_, other) => other !== index) })}
              >
                <Trash size={16} />
              </IconButton>
            </div>
            <div class="set-pair">
              <Picks
                label="Gives roles"
                options={givable().map((role) => ({ value: role.id, label: role.name, color: roleColor(role) }))}
                value={option().role_ids}
                onChange={(role_ids) => putOption(index, { role_ids })}
              />
              <Picks
                label="Lists channels"
                options={pickableChannels()}
                value={option().channel_ids}
                onChange={(channel_ids) => putOption(index, { channel_ids })}
              />
            </div>
          </div>
        )}
      </Index>
      <div class="row">
        <Button
          small
          disabled={props.prompt.options.length >= MOST}
          onClick={() => put({ options: [...props.prompt.options, newOption()] })}
        >
          <Plus size={15} /> Add an answer
        </Button>
      </div>
      <Switch
        label="Asked on joining"
        note="Otherwise only in “Channels and roles” of the guild's menu."
        checked={props.prompt.in_onboarding}
        onChange={(in_onboarding) => put({ in_onboarding, ...(in_onboarding ? {} : { required: false }) })}
      />
      <Switch
        label="Must be answered"
        disabled={!props.prompt.in_onboarding}
        checked={props.prompt.required}
        onChange={(required) => put({ required })}
      />
      <Switch
        label="Only one answer"
        checked={props.prompt.single_select}
        onChange={(single_select) => put({ single_select })}
      />
      <Show when={problemOf(props.prompt)}>{(text) => <p class="field-note">{text()}</p>}</Show>
    </Card>
  );
}
