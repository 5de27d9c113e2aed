/** A message on its way, or one that did not arrive. */
import Alert from "lucide-solid/icons/circle-alert";
import Reload from "lucide-solid/icons/rotate-cw";
import X from "lucide-solid/icons/x";
import { For, Show } from "solid-js";
import { channels } from "~/channel/store";
import { Markdown } from "~/markdown/View";
import { displayName, nameColor } from "~/member/store";
import { preferences } from "~/preference/store";
import { Avatar, Button } from "~/ui";
import { account } from "~/user/store";
import { Answered } from "./Answered";
import { discard, type Pending, retry } from "./outbox";
import { bytes, clock, stamp } from "./time";
import type { Message } from "~/wire";

export function PendingRow(props: { pending: Pending; head: boolean }) {
  const guild = () => channels[props.pending.channel]?.guild_id;
  const failed = () => props.pending.state === "failed";
  /** As much of a message as the line over an answer reads. */
  const answering = () => {
    const reply = props.pending.draft.reply;
    if (!reply) return null;
    return {
      type: 19,
      channel_id: props.pending.channel,
      mentions: reply.ping ? [reply.message.author] : [],
      message_reference: { message_id: reply.message.id, channel_id: props.pending.channel },
      referenced_message: reply.message,
    } as unknown as Message;
  };
  return (
    <Show when={account.me}>
      {(me) => (
        <article
          class="message pending"
          classList={{ head: props.head, failed: failed(), compact: preferences.compact }}
          data-pending={props.pending.nonce}
          data-state={props.pending.state}
        >
          <Show when={answering()}>{(message) => <Answered message={message()} />}</Show>
          <Show when={props.head} fallback={<span class="message-side">{clock(props.pending.at, false)}</span>}>
            <Show when={!preferences.compact}>
              <span class="message-avatar">
                <Avatar user={me()} size={40} />
              </span>
            </Show>
            <header class="message-head">
              <span class="message-author" style={{ color: nameColor(guild(), me().id) }}>
                {displayName(guild(), me())}
              </span>
              <time class="message-time">{stamp(props.pending.at)}</time>
            </header>
          </Show>
          <div class="message-body">
            <Show when={props.pending.draft.content}>
              <Markdown text={props.pending.draft.content} guild={guild()} />
            </Show>
            <Show when={props.pending.draft.files.length > 0 && !failed()}>
              <div class="uploading">
                <div class="grow">
                  <For each={props.pending.draft.files}>
                    {(one) => (
                      <div class="small truncate">
                        {one.file.name} <span class="muted">{bytes(one.file.size)}</span>
                      </div>
                    )}
                  </For>
                  <div
                    class="progress"
                    role="progressbar"
                    aria-valuemin={0}
                    aria-valuemax={100}
                    aria-valuenow={Math.round(props.pending.progress * 100)}
                    aria-label="Upload"
                  >
                    <span style={{ width: `${props.pending.progress * 100}%` }} />
                  </div>
                </div>
                <button
                  type="button"
                  class="icon-button"
                  aria-label="Cancel the upload"
                  onClick={() => discard(props.pending.nonce, props.pending.channel)}
                >
                  <X size={18} />
                </button>
              </div>
            </Show>
            <Show when={failed()}>
              <div class="failed-note" role="alert">
                <Alert size={16} />
                <span class="grow">Not sent. {props.pending.problem}</span>
                <Button look="secondary" small onClick={() => void retry(props.pending.nonce, props.pending.channel)}>
                  <Reload size={14} /> Retry
                </Button>
                <Button look="ghost" small onClick={() => discard(props.pending.nonce, props.pending.channel)}>
                  Discard
                </Button>
              </div>
            </Show>
          </div>
        </article>
      )}
    </Show>
  );
}
