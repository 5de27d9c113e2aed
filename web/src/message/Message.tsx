/** One message in a timeline. */
import Pin from "lucide-solid/icons/pin";
import CornerUpRight from "lucide-solid/icons/corner-up-right";
import { createMemo, createSignal, For, type JSX, Match, Show, Switch } from "solid-js";
import { channelPath, follow } from "~/app/router";
import { channelName, channels } from "~/channel/store";
import { Components } from "~/command/Components";
import { looseFiles } from "~/command/media";
import { Markdown } from "~/markdown/View";
import { RoleIcon } from "~/member/RoleIcon";
import { displayName, faceIn, memberOf, nameColor } from "~/member/store";
import { Stickers } from "~/sticker/Picker";
import { PollView } from "~/poll/View";
import { preferences } from "~/preference/store";
import { isBlocked } from "~/relationship/store";
import { ThreadLink } from "~/thread/Link";
import { Avatar, menuOn } from "~/ui";
import { openProfile } from "~/user/popover";
import { myId, users } from "~/user/store";
import { type Id, type Message, MessageFlag, MessageKind, type MessageReference, type SnapshotMessage, type User } from "~/wire";
import { Actions, entriesOf } from "./Actions";
import { isSystem } from "./act";
import { Attachments } from "./Attachments";
import { EditBox } from "./EditBox";
import { Embeds } from "./Embeds";
import { editing } from "./edit";
import { pointed } from "./focus";
import { Answered } from "./Answered";
import { Reactions } from "./Reactions";
import { System } from "./System";
import { clock, exact, stamp } from "./time";

/** Whether a message calls oneself. */
function callsMe(message: Message): boolean {
  if (message.author.id === myId()) return false;
  const roles = memberOf(channels[message.channel_id]?.guild_id, myId())?.roles ?? [];
  return (
    message.mention_everyone ||
    message.mentions.some((one) => one.id === myId()) ||
    message.mention_roles.some((id) => roles.includes(id))
  );
}

export function AuthorName(props: { user: User; guild: Id | undefined; webhook?: boolean }) {
  const known = () => users[props.user.id] ?? props.user;
  return (
    <>
      <Show when={!props.webhook} fallback={<span class="message-author">{props.user.username}</span>}>
        <button
          type="button"
          class="message-author"
          style={{ color: nameColor(props.guild, props.user.id) }}
          onClick={(event) => openProfile(props.user.id, props.guild, event.currentTarget)}
        >
          {displayName(props.guild, known())}
        </button>
      </Show>
      <Show when={props.user.bot}>
        <span class="tag">{props.webhook ? "Hook" : "App"}</span>
      </Show>
    </>
  );
}

export function MessageRow(props: { message: Message; head: boolean }) {
  const message = () => props.message;
  const guild = () => channels[message().channel_id]?.guild_id;
  const [shown, setShown] = createSignal(false);
  const hidden = () => isBlocked(message().author.id) && !shown();
  /** Its buttons are made when somebody comes near. */
  const [near, setNear] = createSignal(false);
  const lit = () => pointed()?.id === message().id;
  /** What a thread was started from stands at its head, without what hangs on it where it was said. */
  const starter = (): Message | undefined => {
    const first = message().type === MessageKind.ThreadStarter ? message().referenced_message : undefined;
    return first ? { ...first, flags: first.flags & ~MessageFlag.HasThread, reactions: [] } : undefined;
  };
  return (
    <Show
      when={!hidden()}
      fallback={
        <div class="message-blocked">
          A message from somebody you blocked.{" "}
          <button type="button" class="link" onClick={() => setShown(true)}>
            Show
          </button>
        </div>
      }
    >
      <article
          {...menuOn(() => entriesOf(message()))}
          tabindex={0}
          onPointerEnter={() => setNear(true)}
          onFocusIn={() => setNear(true)}
          class="message"
          classList={{
            head: props.head,
            compact: preferences.compact,
            calls: callsMe(message()),
            lit: lit(),
            editing: editing() === message().id,
            ephemeral: (message().flags & MessageFlag.Ephemeral) !== 0,
          }}
          data-message={message().id}
          aria-label={`${displayName(guild(), message().author)}, ${stamp(message().timestamp)}`}
        >
          <Switch fallback={<Said message={message()} head={props.head} guild={guild()} />}>
            <Match when={starter()}>{(first) => <Said message={first()} head guild={guild()} />}</Match>
            <Match when={isSystem(message())}>
              <System message={message()} />
              <Reactions message={message()} />
            </Match>
          </Switch>
          <Show when={near()}>
            <Actions message={message()} />
          </Show>
        </article>
    </Show>
  );
}

function Said(props: { message: Message; head: boolean; guild: Id | undefined }) {
  const message = () => props.message;
  const hook = () => message().webhook_id !== undefined && !message().application_id;
  const who = createMemo(() => (message().webhook_id ? message().author : (users[message().author.id] ?? message().author)));
  return (
    <>
      <Show when={message().type === MessageKind.Reply || message().interaction || message().interaction_metadata}>
        <Answered message={message()} />
      </Show>
      <Show
        when={props.head}
        fallback={
          <time class="message-side" title={exact(message().timestamp)} dateTime={message().timestamp}>
              {clock(message().timestamp, false)}
            </time>
        }
      >
        <Show when={!preferences.compact}>
          <span
            class="message-avatar"
            aria-hidden="true"
            onClick={(event) => !hook() && openProfile(message().author.id, props.guild, event.currentTarget)}
          >
            <Avatar user={who()} src={hook() ? null : faceIn(props.guild, message().author.id, 40)} size={40} />
          </span>
        </Show>
        <header class="message-head">
          <AuthorName user={message().author} guild={props.guild} webhook={hook()} />
          <Show when={!hook()}>
            <RoleIcon guild={props.guild} user={message().author.id} />
          </Show>
          <time class="message-time" title={exact(message().timestamp)} dateTime={message().timestamp}>
              {preferences.compact ? clock(message().timestamp) : stamp(message().timestamp)}
            </time>
          <Show when={message().pinned}>
              <Pin size={12} class="message-pin" aria-label="Pinned" />
          </Show>
        </header>
      </Show>
      <div class="message-body">
        <Show when={editing() === message().id} fallback={<Content message={message()} guild={props.guild} />}>
          <EditBox message={message()} />
        </Show>
        <For each={message().message_snapshots}>
          {(snapshot) => <Forwarded message={snapshot.message} guild={props.guild} from={message().message_reference} />}
        </For>
        <Attachments files={looseFiles(message().attachments, message().components)} />
        <Show when={(message().flags & MessageFlag.SuppressEmbeds) === 0}>
          <Embeds embeds={message().embeds} guild={props.guild} />
        </Show>
        <Stickers items={message().sticker_items} />
        <Show when={message().poll}>{(poll) => <PollView message={message()} poll={poll()} />}</Show>
        <Show when={message().components?.length}>
          <Components message={message()} components={message().components ?? []} />
        </Show>
        <Reactions message={message()} />
        <Show when={message().flags & MessageFlag.HasThread || message().thread}>
          <ThreadLink message={message()} />
        </Show>
        <Show when={message().flags & MessageFlag.Ephemeral}>
          <p class="message-note">Only you can see this.</p>
        </Show>
      </div>
    </>
  );
}

function Content(props: { message: Message; guild: Id | undefined }): JSX.Element {
  return (
    <Switch>
      <Match when={(props.message.flags & MessageFlag.Loading) !== 0 && !props.message.content}>
        <span class="message-thinking">
          <span class="spinner" /> thinking…
        </span>
      </Match>
      <Match when={props.message.content}>
        <Markdown text={props.message.content} guild={props.guild} />
        <Show when={props.message.edited_timestamp}>
          {(at) => (
            <span class="message-edited" title={`Edited ${exact(at())}`}>(edited)</span>
          )}
        </Show>
      </Match>
    </Switch>
  );
}

function Forwarded(props: { message: SnapshotMessage; guild: Id | undefined; from: MessageReference | undefined }) {
  /** Where it was said, for those who see that place. */
  const origin = () => {
    const channel = channels[props.from?.channel_id ?? ""];
    return channel && props.from?.message_id ? { channel, message: props.from.message_id } : undefined;
  };
  return (
    <div class="forwarded">
      <div class="forwarded-label">
        <CornerUpRight size={13} /> Forwarded
        <Show when={origin()}>
          {(there) => (
            <a href={channelPath(there().channel.guild_id, there().channel.id, there().message)} onClick={follow}>
              from {there().channel.guild_id ? `#${channelName(there().channel)}` : channelName(there().channel)}
            </a>
          )}
        </Show>
      </div>
      <Show when={props.message.content}>
        <Markdown text={props.message.content} guild={props.guild} />
      </Show>
      <Attachments files={looseFiles(props.message.attachments, props.message.components)} />
      <Embeds embeds={props.message.embeds} guild={props.guild} />
      <div class="message-time">{stamp(props.message.timestamp)}</div>
    </div>
  );
}

