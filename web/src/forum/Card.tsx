/** A post as its forum lists it. */
import Lock from "lucide-solid/icons/lock";
import MessageCircle from "lucide-solid/icons/message-circle";
import Pin from "lucide-solid/icons/pin";
import { Show } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { entriesOfChannel } from "~/channel/menu";
import { Inline } from "~/markdown/View";
import { displayName, nameColor } from "~/member/store";
import { relative } from "~/message/time";
import { preview } from "~/net/cdn";
import { timeOf } from "~/net/snowflake";
import { Face } from "~/emoji/Face";
import { looksUnread } from "~/read/store";
import { Avatar, menuOn } from "~/ui";
import { users } from "~/user/store";
import type { Channel } from "~/wire";
import { isPinned } from "./posts";
import { firstOf } from "./store";
import { TagList } from "./Tags";

export function PostCard(props: { post: Channel; forum: Channel; gallery: boolean }) {
  const first = () => firstOf(props.post.id);
  const author = () => {
    const id = props.post.owner_id ?? "";
    return users[id] ?? first()?.author;
  };
  const picture = () => first()?.attachments.find((one) => one.content_type?.startsWith("image/") && one.width);
  const reaction = () => [...(first()?.reactions ?? [])].sort((a, b) => b.count - a.count)[0];
  const path = () => channelPath(props.post.guild_id, props.post.id);
  return (
    <li
      class="post"
      classList={{ unread: looksUnread(props.post), gallery: props.gallery }}
      {...menuOn(() => entriesOfChannel(props.post))}
    >
      <div class="post-words">
        <TagList forum={props.forum} tags={props.post.applied_tags} />
        <h2 class="post-title">
          <Show when={isPinned(props.post)}>
            <Pin size={15} aria-label="Pinned" />
          </Show>
          <Show when={props.post.thread_metadata?.locked}>
            <Lock size={15} aria-label="Locked" />
          </Show>
          <a
            class="post-link"
            href={path()}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey) return;
              event.preventDefault();
              navigate(path());
            }}
          >
            {props.post.name}
          </a>
        </h2>
        <p class="post-preview">
          <Show when={author()}>
            {(who) => (
              <span class="post-author" style={{ color: nameColor(props.post.guild_id, who().id) }}>
                {displayName(props.post.guild_id, who())}:{" "}
              </span>
            )}
          </Show>
          <Show when={first()} fallback="…">
            {(message) => (
              <Show when={message().content} fallback={<em>Attachment</em>}>
                <Inline text={message().content.slice(0, 300)} guild={props.post.guild_id} still />
              </Show>
            )}
          </Show>
        </p>
        <div class="post-foot">
          <Show when={author()}>{(who) => <Avatar user={who()} size={18} />}</Show>
          <Show when={reaction()}>
            {(one) => (
              <span class="post-count" classList={{ mine: one().me }}>
                <Face emoji={one().emoji} size={15} /> {one().count}
              </span>
            )}
          </Show>
          <span class="post-count">
            <MessageCircle size={14} aria-label="Messages" /> {props.post.message_count ?? 0}
          </span>
          <span>{relative(timeOf(props.post.last_message_id ?? props.post.id))}</span>
        </div>
      </div>
      <Show when={picture()}>
        {(one) => (
          <img
            class="post-picture"
            src={preview(one().proxy_url || one().url, props.gallery ? 480 : 160, props.gallery ? 320 : 160)}
            alt={one().description ?? ""}
            loading="lazy"
          />
        )}
      </Show>
    </li>
  );
}
