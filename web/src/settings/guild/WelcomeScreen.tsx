/** The screen that greets newcomers: a few words, and up to five channels to begin with. */
import DoorOpen from "lucide-solid/icons/door-open";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { api } from "~/net/rest";
import { Button, Choice, Empty, Field, IconButton, Switch } from "~/ui";
import type { WelcomeChannel, WelcomeScreen } from "~/wire";
import { createDraft } from "../draft";
import { EmojiField } from "../EmojiField";
import { createLoad, type Load, Loaded } from "../load";
import { Card, Section } from "../parts";
import { SaveBar } from "../SaveBar";
import { asOptions, guild, guildId, textChannels } from "./context";

const MOST = 5;

export function WelcomePage() {
  const screen = createLoad(() => api.get<WelcomeScreen>(`/guilds/${guildId()}/welcome-screen`));
  return (
    <Loaded load={screen} rows={3}>
      {(known) => <Form known={known()} load={screen} />}
    </Loaded>
  );
}

function Form(props: { known: WelcomeScreen; load: Load<WelcomeScreen> }) {
  const [shown, setShown] = createSignal(guild()?.features.includes("WELCOME_SCREEN_ENABLED") ?? false);
  const draft = createDraft(
    () => ({
      enabled: shown(),
      description: props.known.description ?? "",
      welcome_channels: props.known.welcome_channels,
    }),
    async (_, whole) => {
      const body = { ...whole, description: whole.description.trim() || null };
      const next = await api.patch<WelcomeScreen>(`/guilds/${guildId()}/welcome-screen`, body);
      setShown(whole.enabled);
      props.load.change(() => next);
    },
    {
      check: (all) =>
        all.welcome_channels.some((one) => !one.description.trim())
          ? { welcome_channels: "Say in a few words what each channel is for." }
          : {},
    },
  );
  const list = () => draft.value("welcome_channels");
  const put = (at: number, patch: Partial<WelcomeChannel>) =>
    draft.set(
      "welcome_channels",
      list().map((one, index) => (index === at ? { ...one, ...patch } : one)),
    );
  const free = () => textChannels().filter((channel) => !list().some((one) => one.channel_id === channel.id));
  const add = () => {
    const channel = free()[0];
    if (!channel) return;
    const one = { channel_id: channel.id, description: "", emoji_id: null, emoji_name: null };
    draft.set("welcome_channels", [...list(), one]);
  };
  return (
    <>
      <Section about="Whoever joins by an invite is greeted by it once. Guilds that ask questions on joining show those instead.">
        <Card>
          <Switch
            label="Greet newcomers"
            checked={draft.value("enabled")}
            onChange={(value) => draft.set("enabled", value)}
          />
          <Field
            label="A few words"
            multiline
            value={draft.value("description")}
            onChange={(value) => draft.set("description", value)}
            maxLength={140}
            placeholder="What is this place about?"
            error={draft.errors().description}
          />
        </Card>
      </Section>
      <Section
        title={`Where to begin: ${list().length} of ${MOST}`}
        tools={
          <Button small disabled={list().length >= MOST || free().length === 0} onClick={add}>
            <Plus size={16} /> Add a channel
          </Button>
        }
      >
        <Show
          when={list().length > 0}
          fallback={
            <Card>
              <Empty icon={DoorOpen} title="No channels yet">
                <p>Show newcomers where the rules are, and where they say hello.</p>
              </Empty>
            </Card>
          }
        >
          <Card flush>
            <For each={list().map((one) => one.channel_id)}>
              {(id, index) => {
                const one = () => list()[index()] ?? { channel_id: id, description: "", emoji_id: null, emoji_name: null };
                return (
                  <div class="set-row welcome-row">
                    <EmojiField
                      label="Emoji"
                      value={{ id: one().emoji_id, name: one().emoji_name }}
                      onChange={(next) => put(index(), { emoji_id: next.id ?? null, emoji_name: next.name ?? null })}
                    />
                    <Choice
                      label="Channel"
                      value={one().channel_id}
                      onChange={(value) => put(index(), { channel_id: value })}
                      options={asOptions(
                        textChannels().filter(
                          (channel) => channel.id === one().channel_id || free().some((other) => other.id === channel.id),
                        ),
                        "",
                      ).slice(1)}
                    />
                    <Field
                      label="What for"
                      value={one().description}
                      onChange={(value) => put(index(), { description: value })}
                      maxLength={50}
                      required
                    />
                    <IconButton
                      label="Remove"
                      class="danger"
                      onClick={() =>
                        draft.set(
                          "welcome_channels",
                          list().filter((_, other) => other !== index()),
                        )
                      }
                    >
                      <Trash size={17} />
                    </IconButton>
                  </div>
                );
              }}
            </For>
          </Card>
        </Show>
        <Show when={draft.errors().welcome_channels}>
          <p class="field-error">{draft.errors().welcome_channels}</p>
        </Show>
      </Section>
      <SaveBar draft={draft} />
    </>
  );
}
