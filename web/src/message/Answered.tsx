/** The line over an answer: what it answers, or whose command it was. */
import Terminal from "lucide-solid/icons/terminal";
import { Match, Show, Switch } from "solid-js";
import { channels } from "~/channel/store";
import { Inline } from "~/markdown/View";
import { displayName, nameColor } from "~/member/store";
import { Avatar } from "~/ui";
import { users } from "~/user/store";
import type { Message } from "~/wire";
import { jumpTo } from "./focus";
import { messageOf } from "./store";

export function Answered(props: { message: Message }) {
  const guild = () => channels[props.message.channel_id]?.guild_id;
  const target = () => {
    const id = props.message.message_reference?.message_id;
    // What is here is fresher than what came with the answer.
    return (id ? messageOf(props.message.channel_id, id) : undefined) ?? props.message.referenced_message;
  };
  const command = () => props.message.interaction ?? (props.message.interaction_metadata ? { name: "", ...props.message.interaction_metadata } : null);
  return (
    <Switch>
      <Match when={command()}>
        {(used) => (
          <div class="answered">
            <Avatar user={users[used().user.id] ?? used().user} size={16} />
            <span class="answered-name" style={{ color: nameColor(guild(), used().user.id) }}>
              {displayName(guild(), used().user)}
            </span>
            <span class="muted">used</span>
            <span class="mention">
              <Terminal size={12} /> {used().name || "a command"}
            </span>
          </div>
        )}
      </Match>
      <Match when={target()}>
        {(message) => (
          <button
            type="button"
            class="answered"
            aria-label={`Answers ${displayName(guild(), message().author)}: show`}
            onClick={() => void jumpTo(props.message.channel_id, message().id)}
          >
            <Avatar user={users[message().author.id] ?? message().author} size={16} />
            <span class="answered-name" style={{ color: nameColor(guild(), message().author.id) }}>
              {props.message.mentions.some((one) => one.id === message().author.id) ? "@" : ""}
              {displayName(guild(), message().author)}
            </span>
            <span class="answered-text truncate">
              <Show when={message().content} fallback={<em>{message().attachments.length > 0 ? "Attachment" : "Show the message"}</em>}>
                <Inline text={message().content.slice(0, 240)} guild={guild()} still />
              </Show>
            </span>
          </button>
        )}
      </Match>
      <Match when={props.message.type === 19}>
        <div class="answered">
          <em class="muted">The answered message was deleted</em>
        </div>
      </Match>
    </Switch>
  );
}
