/** Filling in a slash command. */
import Terminal from "lucide-solid/icons/terminal";
import { createMemo, createSignal, createUniqueId, For, Match, onMount, Show, Switch } from "solid-js";
import { seekMembers } from "~/member/seek";
import { Button, Choice } from "~/ui";
import { Chooser, type Chosen } from "~/ui/Chooser";
import { type Channel, type Choice as ChoiceValue, type Command, type CommandOption, OptionKind } from "~/wire";
import { people, places, roles } from "./choices";
import { FileField } from "./FileField";
import { begin, complete, InteractionKind } from "./interaction";
import { build, gather, missing, pathsOf } from "./options";
import "./command.css";

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
  const [files, setFiles] = createSignal<Record<string, File>>({});
  const [sending, setSending] = createSignal(false);
  const given = () => gather(path(), values(), files());
  const data = (focused?: string) => ({
    id: props.command.id,
    version: props.command.version,
    name: props.command.name,
    type: 1,
    ...(props.command.guild_id ? { guild_id: props.command.guild_id } : {}),
    // While somebody types no file is sent.
    options: build(path(), focused ? values() : given().values, focused),
  });
  const put = (name: string, value: string) => setValues((all) => ({ ...all, [name]: value }));
  const putFile = (name: string, file: File | undefined) =>
    setFiles(({ [name]: _, ...rest }) => (file ? { ...rest, [name]: file } : rest));
  const lacking = () => missing(path(), given().values).length > 0;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (lacking() || sending()) return;
    setSending(true);
    const taken = await begin(InteractionKind.Command, where(), data(), { files: given().files }).sent;
    setSending(false);
    // What was filled in stays where the server did not take it.
    if (taken) props.onDone();
  };
  let form: HTMLFormElement | undefined;
  onMount(() => form?.querySelector<HTMLElement>("input, select, button[type=submit]")?.focus());
  return (
    <form
      class="command-form"
      ref={form}
      onSubmit={(event) => void submit(event)}
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
        <Button look="primary" small type="submit" busy={sending()} disabled={lacking()}>
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
                file={files()[option.name]}
                onFile={(file) => putFile(option.name, file)}
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
  file: File | undefined;
  onChange: (value: string) => void;
  onFile: (file: File | undefined) => void;
  onAsk: () => Promise<ChoiceValue[]>;
}

/** People, roles and channels: found by typing. */
function namedFor(option: CommandOption, channel: Channel): Chosen[] | null {
  const guild = channel.guild_id;
  switch (option.type) {
    case OptionKind.User:
      return people(channel);
    case OptionKind.Role:
      return roles(guild);
    case OptionKind.Mentionable:
      return [...people(channel), ...roles(guild)];
    case OptionKind.Channel:
      return places(guild, option.channel_types);
    default:
      return null;
  }
}

function listFor(option: CommandOption): { value: string; label: string }[] | null {
  if (option.type === OptionKind.Boolean) {
    return [
      { value: "true", label: "Yes" },
      { value: "false", label: "No" },
    ];
  }
  return option.choices?.map((one) => ({ value: String(one.value), label: one.name })) ?? null;
}

function OptionField(props: OptionProps) {
  const id = createUniqueId();
  const [choices, setChoices] = createSignal<ChoiceValue[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const list = () => listFor(props.option);
  const named = createMemo(() => namedFor(props.option, props.channel));
  const seeks = () => props.option.type === OptionKind.User || props.option.type === OptionKind.Mentionable;
  const label = () => `${props.option.name}${props.option.required ? "" : " (optional)"}`;
  const numeric = () => props.option.type === OptionKind.Integer || props.option.type === OptionKind.Number;
  const ask = () => {
    if (!props.option.autocomplete) return;
    clearTimeout(timer);
    timer = setTimeout(async () => setChoices(await props.onAsk()), 250);
  };
  return (
    <Switch>
      <Match when={props.option.type === OptionKind.Attachment}>
        <FileField
          label={label()}
          note={props.option.description}
          files={props.file ? [props.file] : []}
          most={1}
          onChange={(files) => props.onFile(files[0])}
        />
      </Match>
      <Match when={named()}>
        {(options) => (
          <Chooser
            label={label()}
            note={props.option.description}
            options={options()}
            value={props.value ? [props.value] : []}
            clearable={!props.option.required}
            required={props.option.required ?? false}
            onChange={(next) => props.onChange(next[0] ?? "")}
            onQuery={(query) => seeks() && seekMembers(props.channel.guild_id, query)}
          />
        )}
      </Match>
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
            minLength={props.option.min_length}
            maxLength={props.option.max_length}
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
