/** What the server itself says: joins, pins, threads, groups. */
import ChartBar from "lucide-solid/icons/chart-bar-big";
import MicVocal from "lucide-solid/icons/mic-vocal";
import Phone from "lucide-solid/icons/phone";
import Pin from "lucide-solid/icons/pin";
import MessagesSquare from "lucide-solid/icons/messages-square";
import Pencil from "lucide-solid/icons/pencil";
import ShieldAlert from "lucide-solid/icons/shield-alert";
import UserMinus from "lucide-solid/icons/user-minus";
import UserPlus from "lucide-solid/icons/user-plus";
import { type JSX, Match, Show, Switch } from "solid-js";
import { Dynamic } from "solid-js/web";
import { channelPath, navigate } from "~/app/router";
import { channels } from "~/channel/store";
import { displayName, nameColor } from "~/member/store";
import { openPanel } from "~/channel/panel";
import { openProfile } from "~/user/popover";
import { type Message, MessageKind, type User } from "~/wire";
import { jumpTo } from "./focus";
import { exact, stamp } from "./time";

const ICONS: Record<number, typeof Pin> = {
  [MessageKind.RecipientAdd]: UserPlus,
  [MessageKind.RecipientRemove]: UserMinus,
  [MessageKind.Call]: Phone,
  [MessageKind.ChannelNameChange]: Pencil,
  [MessageKind.ChannelIconChange]: Pencil,
  [MessageKind.Pinned]: Pin,
  [MessageKind.UserJoin]: UserPlus,
  [MessageKind.ThreadCreated]: MessagesSquare,
  [MessageKind.PollResult]: ChartBar,
  [MessageKind.AutomodAction]: ShieldAlert,
  [MessageKind.StageStart]: MicVocal,
  [MessageKind.StageEnd]: MicVocal,
  [MessageKind.StageSpeaker]: MicVocal,
  [MessageKind.StageTopic]: MicVocal,
};

/** What automatic moderation kept from being seen. */
function AutomodAlert(props: { message: Message; who: JSX.Element }) {
  const embed = () => props.message.embeds.find((one) => one.type === "auto_moderation_message");
  const field = (name: string) => embed()?.fields?.find((one) => one.name === name)?.value;
  const place = () => channels[field("channel_id") ?? ""]?.name;
  return (
    <>
      Automod acted on {props.who}
      <Show when={place()}>{(name) => <> in #{name()}</>}</Show>: <strong>{field("rule_name") ?? "a rule"}</strong>
      <Show when={field("keyword")}>{(word) => <> ({word()})</>}</Show>
      <Show when={embed()?.description}>{(text) => <blockquote class="automod-said">{text()}</blockquote>}</Show>
    </>
  );
}

/** What the embed of a poll's result says. */
function pollResult(message: Message) {
  const fields = new Map((message.embeds[0]?.fields ?? []).map((field) => [field.name, field.value] as const));
  return {
    question: fields.get("poll_question_text") ?? "",
    winner: fields.get("victor_answer_text"),
    votes: fields.get("victor_answer_votes") ?? "0",
    total: fields.get("total_votes") ?? "0",
  };
}

export function System(props: { message: Message }) {
  const guild = () => channels[props.message.channel_id]?.guild_id;
  const person = (user: User | undefined): JSX.Element => (
    <Show when={user} fallback="somebody">
      {(known) => (
        <button
          type="button"
          class="system-name"
          style={{ color: nameColor(guild(), known().id) }}
          onClick={(event) => openProfile(known().id, guild(), event.currentTarget)}
        >
          {displayName(guild(), known())}
        </button>
      )}
    </Show>
  );
  const other = () => props.message.mentions[0];
  return (
    <div class="system">
      <span class="system-icon">
        <Dynamic component={ICONS[props.message.type] ?? MessagesSquare} size={18} />
      </span>
      <div class="grow">
        <Switch fallback={props.message.content}>
          <Match when={props.message.type === MessageKind.UserJoin}>{person(props.message.author)} is here. Say hello!</Match>
          <Match when={props.message.type === MessageKind.Pinned}>
            {person(props.message.author)} pinned{" "}
            <button
              type="button"
              class="link"
              onClick={() => {
                const id = props.message.message_reference?.message_id;
                if (id) void jumpTo(props.message.channel_id, id);
              }}
            >
              a message
            </button>
            . See{" "}
            <button type="button" class="link" onClick={() => openPanel("pins")}>
              all pins
            </button>
            .
          </Match>
          <Match when={props.message.type === MessageKind.ThreadCreated}>
            {person(props.message.author)} started the thread{" "}
            <button
              type="button"
              class="link"
              onClick={() => {
                const thread = props.message.message_reference?.channel_id;
                if (thread) navigate(channelPath(guild(), thread));
              }}
            >
              {props.message.content}
            </button>
            .
          </Match>
          <Match when={props.message.type === MessageKind.AutomodAction}>
            <AutomodAlert message={props.message} who={person(props.message.author)} />
          </Match>
          <Match when={props.message.type === MessageKind.PollResult}>
            <Show when={pollResult(props.message)}>
              {(result) => (
                <>
                  The poll{" "}
                  <button
                    type="button"
                    class="link"
                    onClick={() => {
                      const id = props.message.message_reference?.message_id;
                      if (id) void jumpTo(props.message.channel_id, id);
                    }}
                  >
                    {result().question}
                  </button>{" "}
                  has ended
                  <Show when={result().winner} fallback=": nobody is ahead.">
                    : <strong>{result().winner}</strong> won with {result().votes} of {result().total}.
                  </Show>
                </>
              )}
            </Show>
          </Match>
          <Match when={props.message.type === MessageKind.StageStart}>
            {person(props.message.author)} began on the stage: <strong>{props.message.content}</strong>
          </Match>
          <Match when={props.message.type === MessageKind.StageEnd}>
            {person(props.message.author)} ended <strong>{props.message.content}</strong>.
          </Match>
          <Match when={props.message.type === MessageKind.StageSpeaker}>{person(props.message.author)} speaks now.</Match>
          <Match when={props.message.type === MessageKind.StageTopic}>
            {person(props.message.author)} changed the topic: <strong>{props.message.content}</strong>
          </Match>
          <Match when={props.message.type === MessageKind.RecipientAdd}>
            {person(props.message.author)} added {person(other())}.
          </Match>
          <Match when={props.message.type === MessageKind.RecipientRemove}>
            <Show when={other() && other()?.id !== props.message.author.id} fallback={<>{person(props.message.author)} left.</>}>
              {person(props.message.author)} removed {person(other())}.
            </Show>
          </Match>
          <Match when={props.message.type === MessageKind.ChannelNameChange}>
            {person(props.message.author)} renamed this to <strong>{props.message.content}</strong>.
          </Match>
          <Match when={props.message.type === MessageKind.ChannelIconChange}>
            {person(props.message.author)} changed the picture.
          </Match>
          <Match when={props.message.type === MessageKind.Call}>{person(props.message.author)} called.</Match>
        </Switch>{" "}
        <time class="message-time" title={exact(props.message.timestamp)}>
          {stamp(props.message.timestamp)}
        </time>
      </div>
    </div>
  );
}
