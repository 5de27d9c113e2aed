/** Channels and roles of a guild: which channels are listed, and what was answered. */
import { createMemo, createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { iconOf } from "~/channel/icon";
import { channelName, sectionsOf } from "~/channel/store";
import type { Asked } from "~/dialog/Dialogs";
import { memberOf } from "~/member/store";
import { createLoaded } from "~/net/loaded";
import { api } from "~/net/rest";
import { attempt, Button, Dialog, Switch } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { myId } from "~/user/store";
import type { Id, Onboarding } from "~/wire";
import { type Answers, given, mayGoOn, pick } from "./answers";
import { Question } from "./Questions";
import { answer, pickChannel, pickedChannels, pickOnly, picksChannels } from "./store";
import "./onboarding.css";

export default function BrowseChannels(props: Asked<"browse-channels">) {
  const guild = () => props.asked.guild;
  const [page, setPage] = createSignal<"channels" | "answers">("channels");
  const onboarding = createLoaded(guild, (id) => api.get<Onboarding>(`/guilds/${id}/onboarding`));
  const asks = () => {
    const known = onboarding.value();
    return known?.enabled && known.prompts.length > 0 ? known : undefined;
  };
  return (
    <Dialog open onClose={props.onClose} title="Channels and roles" width={560}>
      <Show when={asks()}>
        <Tabs
          label="What to change"
          value={page()}
          onChange={setPage}
          options={[
            { value: "channels", label: "Channels" },
            { value: "answers", label: "Questions" },
          ]}
        />
      </Show>
      <Show when={page() === "answers" && asks()} fallback={<Channels guild={guild()} />}>
        {(known) => <Answering guild={guild()} onboarding={known()} />}
      </Show>
    </Dialog>
  );
}

function Channels(props: { guild: Id }) {
  const sections = createMemo(() => sectionsOf(props.guild));
  return (
    <>
      <Switch
        label="List only channels that I follow"
        note="The others stay here, and are listed while they mention you."
        checked={picksChannels(props.guild)}
        onChange={(on) => void attempt(pickOnly(props.guild, on))}
      />
      <div class="browse">
        <For each={sections()}>
          {(section) => (
            <section>
              <Show when={section.category}>
                {(category) => <h3 class="browse-title">{channelName(category())}</h3>}
              </Show>
              <For each={section.channels}>
                {(channel) => (
                  <label class="browse-line">
                    <Dynamic component={iconOf(channel)} size={18} />
                    <span class="grow">
                      <span class="truncate">{channelName(channel)}</span>
                      <Show when={channel.topic}>
                        <span class="answer-about truncate">{channel.topic}</span>
                      </Show>
                    </span>
                    <input
                      type="checkbox"
                      disabled={!picksChannels(props.guild)}
                      checked={!picksChannels(props.guild) || pickedChannels(props.guild).includes(channel.id)}
                      onChange={(event) =>
                        void attempt(pickChannel(props.guild, channel.id, event.currentTarget.checked))
                      }
                    />
                  </label>
                )}
              </For>
            </section>
          )}
        </For>
      </div>
    </>
  );
}

function Answering(props: { guild: Id; onboarding: Onboarding }) {
  const [edited, setEdited] = createSignal<Answers | null>(null);
  const [busy, setBusy] = createSignal(false);
  const saved = createMemo((): Answers => {
    const roles = memberOf(props.guild, myId())?.roles ?? [];
    return given(props.onboarding, roles, pickedChannels(props.guild));
  });
  const answers = () => edited() ?? saved();
  const save = async () => {
    setBusy(true);
    await attempt(
      answer(props.guild, answers()).then(() => setEdited(null)),
      "Your answers are saved.",
    );
    setBusy(false);
  };
  return (
    <>
      <For each={props.onboarding.prompts}>
        {(prompt) => (
          <Question prompt={prompt} answers={answers()} onPick={(id) => setEdited(pick(answers(), prompt, id))} />
        )}
      </For>
      <div class="row" style={{ "justify-content": "flex-end" }}>
        <Button
          look="primary"
          busy={busy()}
          disabled={edited() === null || props.onboarding.prompts.some((one) => one.in_onboarding && !mayGoOn(answers(), one))}
          onClick={() => void save()}
        >
          Save
        </Button>
      </div>
    </>
  );
}
