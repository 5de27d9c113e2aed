/** Choosing an emoji: one window for the whole client, beside whatever asked for it. */
import Search from "lucide-solid/icons/search";
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { place } from "~/app/router";
import { guildList, guilds } from "~/guild/store";
import { createLoaded } from "~/net/loaded";
import { emojiImage } from "~/net/cdn";
import { PopoverAt } from "~/ui/Popover";
import { Failed, Spinner } from "~/ui/State";
import { emojiSet, type Found, ofCustom, ofStandard, searchStandard } from "./data";
import { noteUse, recent } from "./recent";
import "./emoji.css";

interface Asked {
  anchor: HTMLElement;
  take: (found: Found) => void;
}

const [asked, setAsked] = createSignal<Asked | null>(null);

export const pickEmoji = (anchor: HTMLElement, take: (found: Found) => void): void => void setAsked({ anchor, take });

export function EmojiLayer() {
  const close = () => setAsked(null);
  return (
    <Show when={asked()} keyed>
      {(now) => (
        <PopoverAt anchor={now.anchor} onClose={close} label="Emoji" placement="top-end" contentClass="emoji-picker">
          <Picker
            onPick={(found, more) => {
              noteUse(found);
              now.take(found);
              if (!more) close();
            }}
          />
        </PopoverAt>
      )}
    </Show>
  );
}

interface Group {
  key: string;
  label: string;
  icon: JSX.Element;
  emojis: Found[];
}

function Picker(props: { onPick: (found: Found, more: boolean) => void }) {
  const { value: set, error, again } = createLoaded(() => true, emojiSet);
  const [query, setQuery] = createSignal("");
  const [over, setOver] = createSignal<Found | null>(null);
  let body: HTMLDivElement | undefined;
  const custom = () => {
    const now = place();
    const here = now.kind === "guild" ? guilds[now.guild] : undefined;
    const all = here ? [here, ...guildList().filter((one) => one.id !== here.id)] : guildList();
    return all.filter((guild) => guild.emojis.length > 0);
  };
  const groups = createMemo((): Group[] => {
    const standard = set();
    if (!standard) return [];
    const wanted = query().trim();
    if (wanted) {
      const own = custom().flatMap((guild) =>
        guild.emojis.filter((one) => one.name.toLowerCase().includes(wanted.toLowerCase())).map(ofCustom),
      );
      const found = searchStandard(standard, wanted, 90).map(ofStandard);
      return [{ key: "found", label: "Found", icon: "", emojis: [...own, ...found] }];
    }
    return [
      { key: "recent", label: "Often used", icon: "🕘", emojis: recent(18) },
      ...custom().map((guild) => ({
        key: guild.id,
        label: guild.name,
        icon: <img src={emojiImage(guild.emojis[0] ?? {}, 20)} alt="" />,
        emojis: guild.emojis.map(ofCustom),
      })),
      ...standard.groups.map((group) => ({
        key: String(group.key),
        label: group.label,
        icon: group.icon,
        emojis: group.emojis.map(ofStandard),
      })),
    ];
  });
  const jump = (key: string) =>
    body?.querySelector(`[data-group="${CSS.escape(key)}"]`)?.scrollIntoView({ block: "start" });
  /** Arrow keys walk through the grid. */
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 9, ArrowUp: -9 }[event.key];
    if (!step || !body) return;
    const cells = [...body.querySelectorAll<HTMLButtonElement>(".emoji-cell")];
    const at = cells.indexOf(document.activeElement as HTMLButtonElement);
    if (at < 0 && event.key !== "ArrowDown") return;
    event.preventDefault();
    cells[at < 0 ? 0 : Math.min(cells.length - 1, Math.max(0, at + step))]?.focus();
  };
  return (
    <div class="emoji-frame" onKeyDown={walk}>
      <div class="emoji-search">
        <Search size={16} />
        <input
          type="search"
          placeholder="Find an emoji"
          aria-label="Find an emoji"
          value={query()}
          autofocus
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            const first = groups()[0]?.emojis[0];
            if (event.key === "Enter" && first && query()) {
              event.preventDefault();
              props.onPick(first, event.shiftKey);
            }
          }}
        />
      </div>
      <Show
        when={groups().length > 0}
        fallback={
          <Show
            when={error()}
            fallback={
              <div class="empty">
                <Spinner />
              </div>
            }
          >
            <Failed error={new Error("The emoji could not be loaded.")} onRetry={again} />
          </Show>
        }
      >
        <div class="emoji-body" ref={body}>
          <For each={groups()}>
            {(group) => (
              <section data-group={group.key} class="emoji-group">
                <h3 class="emoji-heading">{group.label}</h3>
                <div class="emoji-grid">
                  <For each={group.emojis}>
                    {(found) => (
                      <button
                        type="button"
                        class="emoji-cell"
                        aria-label={found.label}
                        onClick={(event) => props.onPick(found, event.shiftKey)}
                        onFocus={() => setOver(found)}
                        onPointerEnter={() => setOver(found)}
                      >
                        <Glyph found={found} />
                      </button>
                    )}
                  </For>
                </div>
                <Show when={group.emojis.length === 0}>
                  <p class="muted small" style={{ padding: "8px" }}>
                    Nothing by that name.
                  </p>
                </Show>
              </section>
            )}
          </For>
        </div>
      </Show>
      <nav class="emoji-groups" aria-label="Groups of emoji">
        <Show when={!query()}>
          <For each={groups()}>
            {(group) => (
              <button type="button" class="emoji-tab" aria-label={group.label} onClick={() => jump(group.key)}>
                {group.icon}
              </button>
            )}
          </For>
        </Show>
        <Show when={(query() && over()) || null}>{(found) => <span class="muted small truncate">:{found().label}:</span>}</Show>
      </nav>
    </div>
  );
}

export function Glyph(props: { found: Pick<Found, "emoji" | "text"> }) {
  return (
    <Show when={props.found.emoji.id} fallback={<span class="emoji-text">{props.found.emoji.name}</span>}>
      <img class="emoji" src={emojiImage(props.found.emoji, 32)} alt="" loading="lazy" draggable={false} />
    </Show>
  );
}
