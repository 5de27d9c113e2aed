/** Reactions under a message. */
import SmilePlus from "lucide-solid/icons/face-slightly-smiling-plus";
import { createEffect, createSignal, Index, on, Show } from "solid-js";
import { canReact, channels } from "~/channel/store";
import { pickEmoji } from "~/emoji/Picker";
import { displayName } from "~/member/store";
import { emojiImage } from "~/net/cdn";
import { Tooltip } from "~/ui/Tooltip";
import type { Message, Reaction } from "~/wire";
import { listReactors, toggleReaction } from "./act";

export function Reactions(props: { message: Message }) {
  const mayAdd = () => {
    const channel = channels[props.message.channel_id];
    return channel ? canReact(channel) : false;
  };
  return (
    <Show when={props.message.reactions?.length}>
      <div class="reactions">
        {/* By place: who pressed one keeps the focus when its number changes. */}
        <Index each={props.message.reactions}>{(reaction) => <One message={props.message} reaction={reaction()} />}</Index>
        <Show when={mayAdd()}>
          <button
            type="button"
            class="reaction reaction-add"
            aria-label="Add a reaction"
            onClick={(event) =>
              pickEmoji(event.currentTarget, (found) => void toggleReaction(props.message, found.emoji))
            }
          >
            <SmilePlus size={16} />
          </button>
        </Show>
      </div>
    </Show>
  );
}

function One(props: { message: Message; reaction: Reaction }) {
  const [who, setWho] = createSignal("");
  createEffect(on([() => props.reaction.emoji.id, () => props.reaction.emoji.name], () => setWho("")));
  const name = () => (props.reaction.emoji.id ? `:${props.reaction.emoji.name}:` : props.reaction.emoji.name);
  const ask = async () => {
    if (who()) return;
    const users = await listReactors(props.message, props.reaction.emoji).catch(() => []);
    const guild = channels[props.message.channel_id]?.guild_id;
    const names = users.slice(0, 5).map((user) => displayName(guild, user));
    const more = props.reaction.count - names.length;
    setWho(names.join(", ") + (more > 0 ? ` and ${more} more` : ""));
  };
  return (
    <Tooltip label={`${who() || "…"} · ${name()}`}>
      <button
        type="button"
        class="reaction"
        classList={{ mine: props.reaction.me }}
        aria-pressed={props.reaction.me}
        aria-label={`${name()}, ${props.reaction.count}${props.reaction.me ? ", yours" : ""}`}
        onPointerEnter={ask}
        onFocus={ask}
        onClick={() => {
          setWho("");
          void toggleReaction(props.message, props.reaction.emoji);
        }}
      >
        <Show when={props.reaction.emoji.id} fallback={<span class="emoji-text">{props.reaction.emoji.name}</span>}>
          <img class="emoji" src={emojiImage(props.reaction.emoji, 20)} alt="" />
        </Show>
        <span class="reaction-count">{props.reaction.count}</span>
      </button>
    </Tooltip>
  );
}
