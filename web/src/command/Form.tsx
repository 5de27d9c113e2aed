/** Filling in a slash command. */
import Terminal from "lucide-solid/icons/terminal";
import { createMemo, createSignal, createUniqueId, For, Match, onMount, Show, Switch } from "solid-js";
import { channelName, channels } from "~/channel/store";
import { guilds } from "~/guild/store";
import { displayName, members } from "~/member/store";
import { Button, Choice } from "~/ui";
import { users } from "~/user/store";
import { type Channel, type Choice as ChoiceValue, type Command, type CommandOption, isPrivate, OptionKind } from "~/wire";
import { complete, InteractionKind, interact } from "./interaction";
import { build, missing, pathsOf } from "./options";

export function CommandForm(props: { channel: Channel; command: Command; onDone: () => void }) {
  const paths = createMemo(() => pathsOf(props.command));
  const [which, setWhich] = createSignal(0);
  const path = () => paths()[which()] ?? { names: [], kinds: [], options: [] };
  const [values, setValues] = createSignal<Record<string, string>>({});
  const where = () => ({
    application: props.command.application_id,
    guild: props.channel.guild_id,
    channel: props.channel.id,
  });
  const data = (focused?: string) => ({
    id: props.command.id,
    version: props.command.version,
    name: props.command.name,
    type: 1,
    ...(props.command.guild_id ? { guild_id: props.command.guild_id } : {}),
    options: build(path(), values(), focused),
  });
  const put = (name: string, value: string) => setValues((all) => ({ ...all, [name]: value }));
  const submit = (event: Event) => {
    event.preventDefault();
    if (missing(path(), values()).length > 0) return;
    interact(InteractionKind.Command, where(), data());
    props.onDone();
  };
  let form: HTMLFormElement | undefined;
  onMount(() => form?.querySelector<HTMLElement>("input, select, button[type=submit]")?.focus());
  return (
    <form
      class="command-form"
      ref={form}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        props.onDone();
      }}
    >
      <div class="command-head">
        <Terminal size={18} />
        <div class="grow">
          <strong>/{[props.command.name, ...path().names].join(" ")}</strong>{" "}
          <span class="muted small">{props.command.description}</span>
        </div>
        <Button look="ghost" small onClick={() => props.onDone()}>
          Cancel
        </Button>
        <Button look="primary" small type="submit" disabled={missing(path(), values()).length > 0}>
          Run
        </Button>
      </div>
      <Show when={paths().length > 1}>
        <Choice
          label="What to do"
          value={String(which())}
          onChange={(value) => setWhich(Number(value))}
          options={paths().map((one, index) => ({ value: String(index), label: one.names.join(" ") }))}
        />
      </Show>
      <Show when={path().options.length > 0}>
        <div class="command-options">
          <For each={path().options}>
            {(option) => (
              <OptionField
                option={option}
                channel={props.channel}
                value={values()[option.name] ?? ""}
                onChange={(value) => put(option.name, value)}
                onAsk={() => complete(where(), data(option.name))}
              />
            )}
          </For>
        </div>
      </Show>
    </form>
  );
}

interface OptionProps {
  option: CommandOption;
  channel: Channel;
  value: string;
  onChange: (value: string) => void;
  onAsk: () => Promise<ChoiceValue[]>;
}

function listFor(option: CommandOption, channel: Channel): { value: string; label: string }[] | null {
  const guild = channel.guild_id;
  const people = () =>
    (guild ? Object.keys(members[guild] ?? {}).flatMap((id) => users[id] ?? []) : (channel.recipients ?? [])).map((user) => ({
      value: user.id,
      label: displayName(guild, user),
    }));
  const roles = () => ((guild && guilds[guild]?.roles) || []).map((role) => ({ value: role.id, label: `@${role.name}` }));
  switch (option.type) {
    case OptionKind.Boolean:
      return [
        { value: "true", label: "Yes" },
        { value: "false", label: "No" },
      ];
    case OptionKind.User:
      return people();
    case OptionKind.Role:
      return roles();
    case OptionKind.Mentionable:
      return [...people(), ...roles()];
    case OptionKind.Channel:
      return Object.values(channels)
        .filter((one) => one && !isPrivate(one) && one.guild_id === guild)
        .map((one) => ({ value: one.id, label: `#${channelName(one)}` }));
    default:
      return option.choices?.map((one) => ({ value: String(one.value), label: one.name })) ?? null;
  }
}

function OptionField(props: OptionProps) {
  const id = createUniqueId();
  const [choices, setChoices] = createSignal<ChoiceValue[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const list = () => listFor(props.option, props.channel);
  const label = () => `${props.option.name}${props.option.required ? "" : " (optional)"}`;
  const numeric = () => props.option.type === OptionKind.Integer || props.option.type === OptionKind.Number;
  const ask = () => {
    if (!props.option.autocomplete) return;
    clearTimeout(timer);
    timer = setTimeout(async () => setChoices(await props.onAsk()), 250);
  };
  return (
    <Switch>
      <Match when={list()}>
        {(options) => (
          <Choice
            label={label()}
            note={props.option.description}
            value={props.value}
            onChange={props.onChange}
            options={[{ value: "", label: "…" }, ...options()]}
          />
        )}
      </Match>
      <Match when={true}>
        <div class="field">
          <label class="field-label" for={id}>
            {label()}
          </label>
          <input
            id={id}
            class="field-input"
            type={numeric() ? "number" : "text"}
            step={props.option.type === OptionKind.Number ? "any" : undefined}
            min={props.option.min_value}
            max={props.option.max_value}
            required={props.option.required}
            list={props.option.autocomplete ? `${id}-list` : undefined}
            value={props.value}
            onFocus={ask}
            onInput={(event) => {
              props.onChange(event.currentTarget.value);
              ask();
            }}
          />
          <Show when={props.option.autocomplete}>
            <datalist id={`${id}-list`}>
              <For each={choices()}>{(one) => <option value={String(one.value)}>{one.name}</option>}</For>
            </datalist>
          </Show>
          <div class="field-note">{props.option.description}</div>
        </div>
      </Match>
    </Switch>
  );
}
