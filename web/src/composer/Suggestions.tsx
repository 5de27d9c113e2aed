/** The list over the composer: what may be meant. */
import Hash from "lucide-solid/icons/hash";
import Terminal from "lucide-solid/icons/terminal";
import Users from "lucide-solid/icons/users";
import { createEffect, For, Match, Show, Switch } from "solid-js";
import { emojiImage } from "~/net/cdn";
import { statusOf } from "~/presence/store";
import { Avatar } from "~/ui";
import type { Suggestion } from "./suggest";

const TITLES = { user: "People", role: "People", everyone: "People", channel: "Channels", emoji: "Emoji", command: "Commands" };

export function Suggestions(props: { list: Suggestion[]; at: number; onPick: (one: Suggestion) => void; onPoint: (at: number) => void }) {
  let box: HTMLDivElement | undefined;
  createEffect(() => {
    box?.querySelector(`[data-at="${props.at}"]`)?.scrollIntoView({ block: "nearest" });
  });
  return (
    <div class="suggestions" role="listbox" id="suggestions" aria-label="Suggestions" ref={box}>
      <div class="suggestions-title">{TITLES[props.list[0]?.kind ?? "user"]}</div>
      <For each={props.list}>
        {(one, index) => (
          <div
            role="option"
            tabIndex={-1}
            id={`suggestion-${index()}`}
            class="suggestion"
            data-at={index()}
            aria-selected={index() === props.at}
            onPointerMove={() => props.onPoint(index())}
            onMouseDown={(event) => {
              event.preventDefault();
              props.onPick(one);
            }}
          >
            <Face one={one} />
          </div>
        )}
      </For>
    </div>
  );
}

function Face(props: { one: Suggestion }) {
  const one = props.one;
  return (
    <Switch>
      <Match when={one.kind === "user" && one}>
        {(it) => (
          <>
            <Avatar user={it().user} size={24} status={statusOf(it().user.id)} />
            <span class="grow truncate">{it().label}</span>
            <span class="muted small">{it().user.username}</span>
          </>
        )}
      </Match>
      <Match when={one.kind === "role" && one}>
        {(it) => (
          <>
            <Users size={18} />
            <span class="grow truncate" style={{ color: it().color ? `#${it().color.toString(16).padStart(6, "0")}` : undefined }}>
              @{it().label}
            </span>
            <span class="muted small">Role</span>
          </>
        )}
      </Match>
      <Match when={one.kind === "everyone" && one}>
        {(it) => (
          <>
            <Users size={18} />
            <span class="grow">@{it().label}</span>
            <span class="muted small">{it().about}</span>
          </>
        )}
      </Match>
      <Match when={one.kind === "channel" && one}>
        {(it) => (
          <>
            <Hash size={18} />
            <span class="grow truncate">{it().label}</span>
          </>
        )}
      </Match>
      <Match when={one.kind === "emoji" && one}>
        {(it) => (
          <>
            <Show when={it().emoji.id} fallback={<span class="emoji-text">{it().emoji.name}</span>}>
              <img class="emoji" src={emojiImage(it().emoji, 24)} alt="" />
            </Show>
            <span class="grow truncate">:{it().label}:</span>
          </>
        )}
      </Match>
      <Match when={one.kind === "command" && one}>
        {(it) => (
          <>
            <Terminal size={18} />
            <div class="grow">
              <div class="truncate">
                <strong>/{it().label}</strong>
              </div>
              <div class="muted small truncate">{it().about}</div>
            </div>
            <span class="muted small">{it().application}</span>
          </>
        )}
      </Match>
    </Switch>
  );
}
