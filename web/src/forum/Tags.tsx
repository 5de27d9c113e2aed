/** Tags of posts: as they are shown, and as they are chosen. */
import { For, Show } from "solid-js";
import { Face } from "~/emoji/Face";
import type { Channel, ForumTag, Id } from "~/wire";

function Inside(props: { tag: ForumTag }) {
  return (
    <>
      <Show when={props.tag.emoji_id || props.tag.emoji_name}>
        <Face emoji={{ id: props.tag.emoji_id, name: props.tag.emoji_name }} size={14} />
      </Show>
      <span class="truncate">{props.tag.name}</span>
    </>
  );
}

/** The tags of a post. */
export function TagList(props: { forum: Channel | undefined; tags: readonly Id[] | undefined }) {
  const known = () => (props.forum?.available_tags ?? []).filter((tag) => props.tags?.includes(tag.id));
  return (
    <Show when={known().length > 0}>
      <ul class="tags" aria-label="Tags">
        <For each={known()}>
          {(tag) => (
            <li class="chip forum-tag">
              <Inside tag={tag} />
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

/** Tags as buttons that stay pressed. */
export function TagPicks(props: {
  label: string;
  tags: readonly ForumTag[];
  chosen: readonly Id[];
  onToggle: (tag: Id) => void;
  disabled?: (tag: ForumTag) => boolean;
}) {
  return (
    <div class="tags" role="group" aria-label={props.label}>
      <For each={props.tags}>
        {(tag) => (
          <button
            type="button"
            class="chip forum-tag"
            aria-pressed={props.chosen.includes(tag.id)}
            disabled={props.disabled?.(tag) ?? false}
            onClick={() => props.onToggle(tag.id)}
          >
            <Inside tag={tag} />
          </button>
        )}
      </For>
    </div>
  );
}
