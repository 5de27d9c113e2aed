/** What a guild is called and looks like, and what it does by itself. */
import { Show } from "solid-js";
import type { DiscoveryMetadata } from "~/discovery/wire";
import { updateGuild } from "~/guild/store";
import { bannerOfGuild, guildIcon } from "~/net/cdn";
import { api } from "~/net/rest";
import { Choice, Field, Picture, Switch } from "~/ui";
import type { Guild } from "~/wire";
import { createDraft } from "../draft";
import { ImageField } from "../ImageField";
import { createLoad, type Load, Loaded } from "../load";
import { Card, Section, Segments } from "../parts";
import { SaveBar } from "../SaveBar";
import { asOptions, guild, guildId, textChannels, voiceChannels } from "./context";
import { Visibility } from "./Visibility";

const MOST = 5 * 1024 * 1024;

/** Bits of `system_channel_flags`: each switches something off. */
const QUIET = { joins: 1, tips: 4, replies: 8 } as const;

const AFK = [
  { value: "60", label: "1 minute" },
  { value: "300", label: "5 minutes" },
  { value: "900", label: "15 minutes" },
  { value: "1800", label: "30 minutes" },
  { value: "3600", label: "1 hour" },
];

function savedOf(known: ReturnType<typeof guild>) {
  return {
    name: known?.name ?? "",
    description: known?.description ?? "",
    icon: known?.icon ?? null,
    banner: known?.banner ?? null,
    system_channel_id: known?.system_channel_id ?? "",
    system_channel_flags: known?.system_channel_flags ?? 0,
    rules_channel_id: known?.rules_channel_id ?? "",
    afk_channel_id: known?.afk_channel_id ?? "",
    afk_timeout: known?.afk_timeout ?? 300,
    default_message_notifications: known?.default_message_notifications ?? 0,
    verification_level: known?.verification_level ?? 0,
    features: known?.features ?? [],
  };
}

const metadata = (): string => `/guilds/${guildId()}/discovery-metadata`;

export function Overview() {
  const found = createLoad(() => api.get<DiscoveryMetadata>(metadata()));
  return (
    <Loaded load={found} rows={6}>
      {(known) => <Form known={known()} load={found} />}
    </Loaded>
  );
}

function Form(props: { known: DiscoveryMetadata; load: Load<DiscoveryMetadata> }) {
  const draft = createDraft(
    () => ({ ...savedOf(guild()), keywords: props.known.keywords }),
    async ({ keywords, ...changes }) => {
      if (keywords) {
        const next = await api.patch<DiscoveryMetadata>(metadata(), { keywords });
        props.load.change(() => next);
      }
      const body: Record<string, unknown> = { ...changes };
      if (Object.keys(body).length === 0) return;
      for (const key of ["description", "system_channel_id", "rules_channel_id", "afk_channel_id"]) {
        if (body[key] === "") body[key] = null;
      }
      updateGuild(await api.patch<Guild>(`/guilds/${guildId()}`, body));
    },
    { check: (all) => (all.name.trim().length < 2 ? { name: "At least 2 characters." } : {}) },
  );
  const picture = (kind: "icon" | "banner") => {
    const value = draft.value(kind);
    const known = guild();
    if (!value || value.startsWith("data:") || !known) return value;
    return kind === "icon" ? guildIcon(known, 96) : bannerOfGuild(known, 512);
  };
  const quiet = (bit: number) => (draft.value("system_channel_flags") & bit) !== 0;
  const setQuiet = (bit: number, off: boolean) => {
    const flags = draft.value("system_channel_flags");
    draft.set("system_channel_flags", off ? flags | bit : flags & ~bit);
  };
  return (
    <Show when={guild()}>
      {(known) => (
        <>
          <Section title="Face">
            <Card>
              <ImageField
                label="Icon"
                shape="square"
                src={picture("icon")}
                most={MOST}
                note="Square, at least 128 pixels. Drop a picture on it."
                error={draft.errors().icon}
                onChange={(value) => draft.set("icon", value)}
                fallback={<Picture src={null} name={known().name} id={known().id} size={88} />}
              />
              <Field
                label="Name"
                value={draft.value("name")}
                onChange={(value) => draft.set("name", value)}
                maxLength={100}
                required
                error={draft.errors().name}
              />
              <Field
                label="Description"
                multiline
                value={draft.value("description")}
                onChange={(value) => draft.set("description", value)}
                maxLength={300}
                note="Shown with invites, and to whoever finds the guild."
                error={draft.errors().description}
              />
              <ImageField
                label="Banner"
                shape="banner"
                src={picture("banner")}
                most={MOST}
                error={draft.errors().banner}
                onChange={(value) => draft.set("banner", value)}
              />
            </Card>
          </Section>
          <Visibility
            features={draft.value("features")}
            keywords={draft.value("keywords")}
            errors={draft.errors()}
            onFeatures={(value) => draft.set("features", value)}
            onKeywords={(value) => draft.set("keywords", value)}
          />
          <Section title="Welcome" about="Where the guild itself speaks.">
            <Card>
              <div class="set-pair">
                <Choice
                  label="System channel"
                  value={draft.value("system_channel_id")}
                  onChange={(value) => draft.set("system_channel_id", value)}
                  options={asOptions(textChannels(), "None")}
                  error={draft.errors().system_channel_id}
                />
                <Choice
                  label="Rules channel"
                  value={draft.value("rules_channel_id")}
                  onChange={(value) => draft.set("rules_channel_id", value)}
                  options={asOptions(textChannels(), "None")}
                  error={draft.errors().rules_channel_id}
                />
              </div>
              <Switch
                label="Say who joins"
                note="A line in the system channel for each new member."
                disabled={!draft.value("system_channel_id")}
                checked={!quiet(QUIET.joins)}
                onChange={(on) => setQuiet(QUIET.joins, !on)}
              />
            </Card>
          </Section>
          <Section title="Voice">
            <Card>
              <div class="set-pair">
                <Choice
                  label="Channel for the idle"
                  value={draft.value("afk_channel_id")}
                  onChange={(value) => draft.set("afk_channel_id", value)}
                  options={asOptions(voiceChannels(), "None")}
                  error={draft.errors().afk_channel_id}
                />
                <Choice
                  label="Idle after"
                  value={String(draft.value("afk_timeout"))}
                  onChange={(value) => draft.set("afk_timeout", Number(value))}
                  options={AFK}
                  disabled={!draft.value("afk_channel_id")}
                  error={draft.errors().afk_timeout}
                />
              </div>
            </Card>
          </Section>
          <Section title="Members" about="What new members begin with; each can choose otherwise.">
            <Card>
              <div>
                <div class="field-label seg-label">Notifications</div>
                <Segments
                  label="Notifications"
                  value={draft.value("default_message_notifications")}
                  options={[
                    { value: 0, label: "All messages" },
                    { value: 1, label: "Only mentions" },
                  ]}
                  onChange={(value) => draft.set("default_message_notifications", value)}
                />
              </div>
              <Choice
                label="Who may write without a role"
                value={String(draft.value("verification_level"))}
                onChange={(value) => draft.set("verification_level", Number(value))}
                options={[
                  { value: "0", label: "Everybody" },
                  { value: "1", label: "Low: accounts with an e-mail address" },
                  { value: "2", label: "Medium: and older than five minutes" },
                  { value: "3", label: "High: and members for ten minutes" },
                  { value: "4", label: "Highest: the same" },
                ]}
                error={draft.errors().verification_level}
              />
            </Card>
          </Section>
          <SaveBar draft={draft} />
        </>
      )}
    </Show>
  );
}
