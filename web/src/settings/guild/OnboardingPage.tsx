/** What newcomers are asked, and which channels they begin with. */
import Plus from "lucide-solid/icons/plus";
import { Index, Show } from "solid-js";
import { permissionsOf, Permission, overwritesOf } from "~/guild/permissions";
import { channels } from "~/channel/store";
import { api } from "~/net/rest";
import { Button, Switch } from "~/ui";
import type { Onboarding } from "~/wire";
import { createDraft } from "../draft";
import { createLoad, type Load, Loaded } from "../load";
import { Card, Section, Segments } from "../parts";
import { Picks } from "../Picks";
import { SaveBar } from "../SaveBar";
import { guild, guildId } from "./context";
import { bodyOf, newPrompt, problemOf, shortfall } from "./onboarding";
import { OnboardingPrompt, pickableChannels } from "./OnboardingPrompt";

const MOST = 15;

export function OnboardingPage() {
  const onboarding = createLoad(() => api.get<Onboarding>(`/guilds/${guildId()}/onboarding`));
  return (
    <Loaded load={onboarding} rows={3}>
      {(known) => <Form known={known()} load={onboarding} />}
    </Loaded>
  );
}

/** Whether everybody may write there. */
function writable(id: string): boolean {
  const channel = channels[id];
  const known = guild();
  if (!channel || !known) return false;
  const nobody = { user: "0", roles: [], owner: false };
  const parent = channel.parent_id ? channels[channel.parent_id] : undefined;
  const bits = permissionsOf(known.id, known.roles, nobody, overwritesOf(channel, parent));
  return (bits & Permission.SendMessages) !== 0n;
}

function Form(props: { known: Onboarding; load: Load<Onboarding> }) {
  const draft = createDraft(
    () => ({
      prompts: props.known.prompts,
      default_channel_ids: props.known.default_channel_ids,
      enabled: props.known.enabled,
      mode: props.known.mode,
    }),
    async (_, whole) => {
      const next = await api.put<Onboarding>(`/guilds/${guildId()}/onboarding`, bodyOf(whole));
      props.load.change(() => next);
    },
    {
      check: (all) => {
        const wrong = all.prompts.findIndex((prompt) => problemOf(prompt) !== null);
        return wrong < 0 ? {} : { prompts: `Question ${wrong + 1}: ${problemOf(all.prompts[wrong] as never)}` };
      },
    },
  );
  const prompts = () => draft.value("prompts");
  const missing = () => shortfall(draft.whole(), writable);
  const enough = () => missing().channels === 0 && missing().writable === 0;
  return (
    <>
      <Section about="Newcomers answer before they come in; answers give them roles and list channels for them.">
        <Card>
          <Switch
            label="Ask newcomers"
            disabled={!enough() && !draft.value("enabled")}
            checked={draft.value("enabled")}
            onChange={(enabled) => draft.set("enabled", enabled)}
            note={
              <Show when={!enough()}>
                It takes 7 channels to begin with that everybody sees, 5 of which everybody may write to.
                <Show when={missing().channels > 0}> {missing().channels} more to choose.</Show>
                <Show when={missing().channels === 0 && missing().writable > 0}>
                  {" "}
                  {missing().writable} more that can be written to.
                </Show>
              </Show>
            }
          />
        </Card>
      </Section>
      <Section title="Channels to begin with" about="Listed for everybody who joins, whatever they answer.">
        <Card>
          <Picks
            label="Channels"
            options={pickableChannels()}
            value={draft.value("default_channel_ids")}
            onChange={(ids) => draft.set("default_channel_ids", ids)}
            empty="None yet"
            error={draft.errors().default_channel_ids}
          />
          <div>
            <div class="field-label seg-label">What counts as enough</div>
            <Segments
              label="What counts as enough"
              value={draft.value("mode")}
              options={[
                { value: 0 as const, label: "These channels" },
                { value: 1 as const, label: "Those of answers too" },
              ]}
              onChange={(mode) => draft.set("mode", mode)}
            />
          </div>
        </Card>
      </Section>
      <Section
        title={`Questions: ${prompts().length} of ${MOST}`}
        tools={
          <Button
            small
            look="primary"
            disabled={prompts().length >= MOST}
            onClick={() => draft.set("prompts", [...prompts(), newPrompt()])}
          >
            <Plus size={16} /> Add a question
          </Button>
        }
      >
        <Index
          each={prompts()}
          fallback={
            <Card>
              <p class="field-note">Without a question, newcomers only get the channels to begin with.</p>
            </Card>
          }
        >
          {(prompt, index) => (
            <OnboardingPrompt
              prompt={prompt()}
              number={index + 1}
              onChange={(next) =>
                draft.set(
                  "prompts",
                  prompts().map((other, at) => (at === index ? next : other)),
                )
              }
              onRemove={() =>
                draft.set(
                  "prompts",
                  prompts().filter((_, at) => at !== index),
                )
              }
            />
          )}
        </Index>
        <Show when={draft.errors().prompts}>
          <p class="field-error">{draft.errors().prompts}</p>
        </Show>
      </Section>
      <SaveBar draft={draft} />
    </>
  );
}
