/** One channel or category. */
import Trash from "lucide-solid/icons/trash";
import { createSignal, Match, Show, Switch as Which } from "solid-js";
import { Dynamic } from "solid-js/web";
import { lockNote } from "~/channel/bar";
import { can, channels, putChannel } from "~/channel/store";
import { openDialog } from "~/dialog/store";
import { Permission } from "~/guild/permissions";
import { api, own } from "~/net/rest";
import { attempt, Choice, Field, IconButton, Switch } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { type Channel, ChannelKind, type Id, isForum, isText, isVoice } from "~/wire";
import { createDraft } from "../draft";
import { leave } from "../guard";
import { Card, Section } from "../parts";
import { SaveBar } from "../SaveBar";
import { channelIcon } from "./Channels";
import { ChannelPermissions } from "./ChannelPermissions";
import { ForumSettings } from "./ForumSettings";
import { asOptions, channelsOf } from "./context";

const SLOW = [0, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600];

function words(seconds: number): string {
  if (seconds === 0) return "Off";
  if (seconds < 60) return `${seconds} seconds`;
  const [size, unit] = seconds < 3600 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return `${size} ${unit}${size === 1 ? "" : "s"}`;
}

export function ChannelEditor(props: { id: Id; onGone: () => void }) {
  const channel = () => channels[props.id];
  const manages = () => Boolean(channel() && can(channel() as Channel, Permission.ManageChannels));
  const grants = () => Boolean(channel() && can(channel() as Channel, Permission.ManageRoles));
  const [tab, setTab] = createSignal<"about" | "posts" | "permissions">(manages() ? "about" : "permissions");
  const tabs = () => [
    ...(manages() ? [{ value: "about" as const, label: "Settings" }] : []),
    ...(manages() && channel() && isForum(channel() as Channel) ? [{ value: "posts" as const, label: "Posts" }] : []),
    ...(grants() ? [{ value: "permissions" as const, label: "Permissions" }] : []),
  ];
  return (
    <Show when={channel()}>
      {(known) => (
        <>
          <header class="editor-head">
            <Dynamic component={channelIcon(known())} size={22} />
            <h2 class="grow truncate">{known().name}</h2>
            <Show when={manages()}>
              <IconButton
                label={known().type === ChannelKind.Category ? "Delete the category" : "Delete the channel"}
                class="danger"
                onClick={() => leave(() => openDialog({ kind: "delete-channel", channel: props.id }))}
              >
                <Trash size={18} />
              </IconButton>
            </Show>
          </header>
          <Tabs label="Channel" value={tab()} onChange={(next) => leave(() => setTab(next))} options={tabs()} />
          <Which>
            <Match when={tab() === "about" && manages()}>
              <About channel={known()} />
            </Match>
            <Match when={tab() === "posts" && manages()}>
              <ForumSettings channel={known()} />
            </Match>
            <Match when={tab() === "permissions" && grants()}>
              <ChannelPermissions channel={known()} />
            </Match>
          </Which>
        </>
      )}
    </Show>
  );
}

function About(props: { channel: Channel }) {
  const kind = props.channel.type;
  const writes = isText(props.channel) || isVoice(props.channel) || isForum(props.channel);
  const draft = createDraft(
    () => ({
      name: props.channel.name ?? "",
      topic: props.channel.topic ?? "",
      parent_id: props.channel.parent_id ?? "",
      rate_limit_per_user: props.channel.rate_limit_per_user ?? 0,
      nsfw: props.channel.nsfw ?? false,
      bitrate: Math.round((props.channel.bitrate ?? 64_000) / 1000),
      user_limit: props.channel.user_limit ?? 0,
    }),
    async (changes) => {
      const body: Record<string, unknown> = { ...changes };
      if (changes.parent_id === "") body.parent_id = null;
      if (changes.bitrate !== undefined) body.bitrate = changes.bitrate * 1000;
      putChannel(await api.patch<Channel>(`/channels/${props.channel.id}`, body));
    },
    { check: (all) => (all.name.trim() ? {} : { name: "It needs a name." }) },
  );
  const waits = () => {
    const now = draft.value("rate_limit_per_user");
    return (SLOW.includes(now) ? SLOW : [...SLOW, now].sort((a, b) => a - b)).map((value) => ({
      value: String(value),
      label: words(value),
    }));
  };
  return (
    <>
      <Section>
        <Card>
          <Field
            label="Name"
            value={draft.value("name")}
            onChange={(value) => draft.set("name", value)}
            maxLength={100}
            required
            error={draft.errors().name}
          />
          <Show when={isText(props.channel) || isForum(props.channel)}>
            <Field
              label={isForum(props.channel) ? "Guidelines" : "Topic"}
              multiline
              value={draft.value("topic")}
              onChange={(value) => draft.set("topic", value)}
              maxLength={isForum(props.channel) ? 4096 : 1024}
              note={isForum(props.channel) ? "Shown above the posts." : "Shown at the top of the channel."}
              error={draft.errors().topic}
            />
          </Show>
          <Show when={kind !== ChannelKind.Category}>
            <Choice
              label="Category"
              value={draft.value("parent_id")}
              onChange={(value) => draft.set("parent_id", value)}
              options={asOptions(channelsOf(ChannelKind.Category), "None").map((one) => ({
                ...one,
                label: one.label.replace(/^#/, ""),
              }))}
              error={draft.errors().parent_id}
            />
          </Show>
        </Card>
      </Section>
      <Show when={writes}>
        <Section>
          <Card>
            <Choice
              label="Slow mode"
              value={String(draft.value("rate_limit_per_user"))}
              onChange={(value) => draft.set("rate_limit_per_user", Number(value))}
              options={waits()}
              note="How long members wait between two messages here."
              error={draft.errors().rate_limit_per_user}
            />
            <Switch
              label="Age-restricted"
              note="Who opens it is asked first whether they are 18, and apps are told."
              checked={draft.value("nsfw")}
              onChange={(value) => draft.set("nsfw", value)}
            />
          </Card>
        </Section>
      </Show>
      <Show when={isVoice(props.channel)}>
        <Section title="Voice">
          <Card>
            <Slider
              label="Quality"
              value={draft.value("bitrate")}
              min={8}
              max={384}
              step={8}
              show={(value) => `${value} kbit/s`}
              onChange={(value) => draft.set("bitrate", value)}
              error={draft.errors().bitrate}
            />
            <Slider
              label="Most people"
              value={draft.value("user_limit")}
              min={0}
              max={99}
              step={1}
              show={(value) => (value === 0 ? "No limit" : String(value))}
              onChange={(value) => draft.set("user_limit", value)}
              error={draft.errors().user_limit}
            />
          </Card>
        </Section>
      </Show>
      <Show when={kind !== ChannelKind.Category}>
        <Standing channel={props.channel} />
      </Show>
      <SaveBar draft={draft} />
    </>
  );
}

/** What is changed at once, and told in the audit log. */
function Standing(props: { channel: Channel }) {
  const change = (state: { locked?: boolean; archived?: boolean }) =>
    attempt(own.patch<Channel>(`/channels/${props.channel.id}/state`, state).then(putChannel));
  return (
    <Section title="Standing" about="Changed at once.">
      <Card flush>
        <Switch
          label="Locked"
          note={lockNote(props.channel)}
          checked={props.channel.locked ?? false}
          onChange={(locked) => void change({ locked })}
        />
        <Switch
          label="Archived"
          note="Nobody writes, edits or reacts any more, and it is left out of the list of channels."
          checked={props.channel.archived ?? false}
          onChange={(archived) => void change({ archived })}
        />
      </Card>
    </Section>
  );
}

function Slider(props: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  show: (value: number) => string;
  onChange: (value: number) => void;
  error?: string | undefined;
}) {
  return (
    <label class="field">
      <span class="field-label slider-label">
        {props.label} <output>{props.show(props.value)}</output>
      </span>
      <input
        type="range"
        class="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        aria-valuetext={props.show(props.value)}
        onInput={(event) => props.onChange(Number(event.currentTarget.value))}
      />
      <Show when={props.error}>
        <span class="field-error">{props.error}</span>
      </Show>
    </label>
  );
}
