/** Buttons, menus and the rest of what applications put under their messages. */
import { For, Match, Show, Switch } from "solid-js";
import { channels } from "~/channel/store";
import { Markdown } from "~/markdown/View";
import { Covered, FileRow } from "~/message/Attachments";
import { setViewed } from "~/message/focus";
import { emojiImage, local } from "~/net/cdn";
import { Button } from "~/ui/Button";
import { type Component, ComponentKind, type Message, type PartialEmoji } from "~/wire";
import { SelectPart } from "./Select";
import { useInteraction } from "./use";
import "./command.css";

interface Within {
  message: Message;
}

export function Components(props: { components: Component[] } & Within) {
  return (
    <div class="components">
      <For each={props.components}>{(component) => <One component={component} message={props.message} />}</For>
    </div>
  );
}

function One(props: { component: Component } & Within) {
  const component = props.component;
  switch (component.type) {
    case ComponentKind.Row:
      return (
        <div class="component-row">
          <For each={component.components}>{(inner) => <One component={inner} message={props.message} />}</For>
        </div>
      );
    case ComponentKind.Button:
      return <ButtonPart component={component} message={props.message} />;
    case ComponentKind.StringSelect:
    case ComponentKind.UserSelect:
    case ComponentKind.RoleSelect:
    case ComponentKind.MentionableSelect:
    case ComponentKind.ChannelSelect:
      return <SelectPart component={component} message={props.message} />;
    case ComponentKind.TextDisplay:
      return <Markdown text={component.content ?? ""} guild={channels[props.message.channel_id]?.guild_id} />;
    case ComponentKind.Separator:
      return <hr class="component-separator" style={{ opacity: component.divider === false ? 0 : 1 }} />;
    case ComponentKind.Section:
      return (
        <div class="component-section">
          <div class="grow stack" style={{ gap: "4px" }}>
            <For each={component.components}>{(inner) => <One component={inner} message={props.message} />}</For>
          </div>
          <Show when={component.accessory}>{(inner) => <One component={inner()} message={props.message} />}</Show>
        </div>
      );
    case ComponentKind.Container:
      return (
        <div
          class="component-container"
          style={
            typeof component.accent_color === "number"
              ? { "--embed": `#${component.accent_color.toString(16).padStart(6, "0")}` }
              : {}
          }
        >
          <For each={component.components}>{(inner) => <One component={inner} message={props.message} />}</For>
        </div>
      );
    case ComponentKind.Thumbnail:
      return (
        <Covered spoiler={component.spoiler ?? false}>
          <img src={local(component.media?.proxy_url ?? component.media?.url ?? "")} alt={component.description ?? ""} width={80} class="embed-medium" />
        </Covered>
      );
    case ComponentKind.MediaGallery:
      return (
        <div class="component-media">
          <For each={component.items}>{(item) => <GalleryItem item={item} />}</For>
        </div>
      );
    case ComponentKind.File:
      return <FilePart component={component} />;
    default:
      return null;
  }
}

type Item = NonNullable<Component["items"]>[number];

const isFilm = (item: Item): boolean =>
  item.media.content_type?.startsWith("video/") ?? /\.(mp4|webm|mov)(\?|$)/i.test(item.media.url);

function GalleryItem(props: { item: Item }) {
  const about = () => props.item.description ?? "";
  const picture = () => local(props.item.media.proxy_url ?? props.item.media.url);
  return (
    <Covered spoiler={props.item.spoiler ?? false}>
      <Show
        when={isFilm(props.item)}
        fallback={
          <button
            type="button"
            class="picture-in"
            aria-label={about() || "Show the picture"}
            onClick={() => setViewed({ url: picture(), name: "", alt: about() })}
          >
            <img src={picture()} alt={about()} loading="lazy" />
          </button>
        }
      >
        <video controls preload="metadata" src={local(props.item.media.url)} aria-label={about() || "Video"} />
      </Show>
    </Covered>
  );
}

/** A file among components: it stands nowhere else in its message. */
function FilePart(props: { component: Component }) {
  const url = () => props.component.file?.url ?? "";
  const name = () => props.component.name || /([^/?]+)(\?|$)/.exec(url())?.[1] || "file";
  return (
    <Covered spoiler={props.component.spoiler ?? false}>
      <FileRow name={name()} url={url()} size={props.component.size ?? undefined} />
    </Covered>
  );
}

const LOOKS = ["secondary", "primary", "secondary", "good", "danger", "secondary"] as const;

export function EmojiPart(props: { emoji: PartialEmoji }) {
  return (
    <Show when={props.emoji.id} fallback={<span class="emoji-text">{props.emoji.name}</span>}>
      <img class="emoji" src={emojiImage(props.emoji, 20)} alt="" />
    </Show>
  );
}

function ButtonPart(props: { component: Component } & Within) {
  const { waiting, send } = useInteraction(() => props.message);
  const face = () => (
    <>
      <Show when={props.component.emoji}>{(emoji) => <EmojiPart emoji={emoji()} />}</Show>
      {props.component.label}
    </>
  );
  return (
    <Switch>
      <Match when={props.component.style === 5 && props.component.url}>
        <a class="button button-secondary" href={props.component.url} target="_blank" rel="noopener noreferrer nofollow">
          {face()} ↗
        </a>
      </Match>
      <Match when={true}>
        <Button
          look={LOOKS[props.component.style ?? 2] ?? "secondary"}
          disabled={props.component.disabled}
          busy={waiting()}
          onClick={() => send(props.component)}
        >
          {face()}
        </Button>
      </Match>
    </Switch>
  );
}
