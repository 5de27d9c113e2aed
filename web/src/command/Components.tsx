/** Buttons, menus and the rest of what applications put under their messages. */
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { channelName, channels } from "~/channel/store";
import { guilds } from "~/guild/store";
import { Markdown } from "~/markdown/View";
import { members } from "~/member/store";
import { setViewed } from "~/message/focus";
import { emojiImage, local } from "~/net/cdn";
import { Button } from "~/ui/Button";
import { nameOf, users } from "~/user/store";
import { type Component, ComponentKind, type Message, type PartialEmoji } from "~/wire";
import { busy, InteractionKind, interact } from "./interaction";

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
      return <img src={local(component.media?.url ?? "")} alt={component.description ?? ""} width={80} class="embed-medium" />;
    case ComponentKind.MediaGallery:
      return (
        <div class="component-media">
          <For each={component.items}>
            {(item) => (
              <button
                type="button"
                aria-label={item.description ?? "Show the picture"}
                onClick={() => setViewed({ url: local(item.media.url), name: "", alt: item.description ?? "" })}
              >
                <img src={local(item.media.url)} alt={item.description ?? ""} loading="lazy" />
              </button>
            )}
          </For>
        </div>
      );
    default:
      return null;
  }
}

function useInteraction(message: () => Message) {
  const [nonce, setNonce] = createSignal("");
  const waiting = () => busy().has(nonce());
  const send = (component: Component, values?: string[]) => {
    const channel = channels[message().channel_id];
    setNonce(
      interact(
        InteractionKind.Component,
        {
          application: message().application_id ?? message().author.id,
          guild: channel?.guild_id,
          channel: message().channel_id,
        },
        { component_type: component.type, custom_id: component.custom_id, ...(values ? { values } : {}) },
        { message_id: message().id, message_flags: message().flags },
      ),
    );
  };
  return { waiting, send };
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

/** What a menu offers: its own options, or the people, roles and channels of the place. */
export function optionsOf(component: Component, guild: string | undefined): { value: string; label: string; description?: string }[] {
  const people = () =>
    Object.keys((guild && members[guild]) || {}).flatMap((id) => {
      const user = users[id];
      return user ? [{ value: id, label: `@${nameOf(user)}` }] : [];
    });
  const roles = () => ((guild && guilds[guild]?.roles) || []).map((role) => ({ value: role.id, label: `@${role.name}` }));
  switch (component.type) {
    case ComponentKind.UserSelect:
      return people();
    case ComponentKind.RoleSelect:
      return roles();
    case ComponentKind.MentionableSelect:
      return [...people(), ...roles()];
    case ComponentKind.ChannelSelect:
      return Object.values(channels)
        .filter((one) => one?.guild_id === guild && (!component.channel_types?.length || component.channel_types.includes(one.type)))
        .map((one) => ({ value: one.id, label: `#${channelName(one)}` }));
    default:
      return (component.options ?? []).map((option) => ({
        value: option.value,
        label: `${option.emoji?.name && !option.emoji.id ? `${option.emoji.name} ` : ""}${option.label}`,
        ...(option.description ? { description: option.description } : {}),
      }));
  }
}

function SelectPart(props: { component: Component } & Within) {
  const { waiting, send } = useInteraction(() => props.message);
  const guild = () => channels[props.message.channel_id]?.guild_id;
  const options = () => optionsOf(props.component, guild());
  const many = () => (props.component.max_values ?? 1) > 1;
  const chosen = () => new Set(props.component.options?.filter((one) => one.default).map((one) => one.value));
  const [values, setValues] = createSignal<string[]>([...chosen()]);
  const read = (element: HTMLSelectElement) => [...element.selectedOptions].map((option) => option.value).filter(Boolean);
  return (
    <div class="component-select">
      <select
        class="field-input"
        classList={{ "select-native": !many() }}
        multiple={many()}
        size={many() ? Math.min(6, options().length) : undefined}
        disabled={props.component.disabled || waiting()}
        aria-label={props.component.placeholder ?? "Choose"}
        onChange={(event) => {
          const next = read(event.currentTarget);
          setValues(next);
          if (!many() && next.length > 0) send(props.component, next);
        }}
      >
        <Show when={!many()}>
          <option value="" disabled selected={values().length === 0}>
            {props.component.placeholder ?? "Choose one"}
          </option>
        </Show>
        <For each={options()}>
          {(option) => (
            <option value={option.value} selected={values().includes(option.value)} title={option.description}>
              {option.label}
            </option>
          )}
        </For>
      </select>
      <Show when={many()}>
        <Button
          small
          busy={waiting()}
          disabled={values().length < (props.component.min_values ?? 1) || values().length > (props.component.max_values ?? 25)}
          onClick={() => send(props.component, values())}
        >
          Send choice
        </Button>
      </Show>
    </div>
  );
}
