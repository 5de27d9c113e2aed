/** A message in a list: of pins, of what was found. */
import { For, type JSX, Show } from "solid-js";
import { uncover } from "~/channel/panel";
import { channels } from "~/channel/store";
import { Markdown } from "~/markdown/View";
import { displayName, nameColor } from "~/member/store";
import { Avatar, Button } from "~/ui";
import { users } from "~/user/store";
import type { Message } from "~/wire";
import { Attachments } from "./Attachments";
import { jumpTo } from "./focus";
import { stamp } from "./time";

export function Preview(props: { message: Message; tools?: JSX.Element }) {
  const guild = () => channels[props.message.channel_id]?.guild_id;
  return (
    <article class="panel-card">
      <div class="panel-card-head">
        <Avatar user={users[props.message.author.id] ?? props.message.author} size={22} />
        <strong class="truncate" style={{ color: nameColor(guild(), props.message.author.id) }}>
          {displayName(guild(), props.message.author)}
        </strong>
        <span class="message-time">{stamp(props.message.timestamp)}</span>
      </div>
      <Show when={props.message.content}>
        <Markdown text={props.message.content} guild={guild()} />
      </Show>
      <Attachments files={props.message.attachments} />
      <For each={props.message.embeds}>{(embed) => <div class="muted small truncate">{embed.title ?? embed.description}</div>}</For>
      <div class="panel-card-tools">
        <Button
          small
          onClick={() => {
            uncover();
            void jumpTo(props.message.channel_id, props.message.id);
          }}
        >
          Jump
        </Button>
        {props.tools}
      </div>
    </article>
  );
}
