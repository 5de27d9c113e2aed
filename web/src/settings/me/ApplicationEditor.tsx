/** One application: its face, what it hears, its token, and where it works. */
import ArrowLeft from "lucide-solid/icons/arrow-left";
import Hash from "lucide-solid/icons/hash";
import KeyRound from "lucide-solid/icons/key-round";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import ShieldCheck from "lucide-solid/icons/shield-check";
import { createSignal, For, Show } from "solid-js";
import { canIn } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { guildList } from "~/guild/store";
import { copyText } from "~/message/act";
import { api, own } from "~/net/rest";
import { Button, Choice, Confirm, Field, Picture, Switch, toast } from "~/ui";
import { createDraft } from "../draft";
import { FormDialog } from "../FormDialog";
import { leave } from "../guard";
import { ImageField } from "../ImageField";
import { Card, Line, Section } from "../parts";
import { BOT_PRESETS } from "../permission/presets";
import { SaveBar } from "../SaveBar";
import { type Application, appIcon, INTENTS } from "./application";

interface EditorProps {
  application: Application;
  onBack: () => void;
  onChange: (next: Application) => void;
  onToken: (token: string) => void;
  onGone: () => void;
}

export function ApplicationEditor(props: EditorProps) {
  const [resetting, setResetting] = createSignal(false);
  const [deleting, setDeleting] = createSignal(false);
  const [typed, setTyped] = createSignal("");
  const [adding, setAdding] = createSignal(false);
  const [guild, setGuild] = createSignal("");
  const [preset, setPreset] = createSignal<string>(BOT_PRESETS[1].value);
  const managed = () => guildList().filter((one) => canIn(one.id, Permission.ManageGuild));
  const draft = createDraft(
    () => ({
      name: props.application.name,
      icon: props.application.icon,
      description: props.application.description,
      tags: (props.application.tags ?? []).join(", "),
      flags: props.application.flags ?? 0,
    }),
    async (changes) => {
      const { name, ...rest } = changes;
      if (name !== undefined) {
        props.onChange(await own.patch<Application>(`/applications/${props.application.id}`, { name: name.trim() }));
      }
      if (Object.keys(rest).length === 0) return;
      const body: Record<string, unknown> = { ...rest };
      if (changes.tags !== undefined) {
        body.tags = changes.tags
          .split(",")
          .map((tag) => tag.trim())
          .filter(Boolean);
      }
      props.onChange(await api.patch<Application>(`/applications/${props.application.id}`, body));
    },
  );
  const icon = () => {
    const value = draft.value("icon");
    return value?.startsWith("data:") ? value : value ? appIcon(props.application, 96) : null;
  };
  const reset = async () => {
    const { token } = await own.post<{ token: string }>(`/applications/${props.application.id}/bot/reset`, {});
    props.onToken(token);
  };
  const remove = async () => {
    await own.delete(`/applications/${props.application.id}`);
    toast(`${props.application.name} is gone.`, "info");
    props.onGone();
  };
  const add = async () => {
    await own.put(`/guilds/${guild()}/bots/${props.application.id}`, { permissions: preset() });
    toast(`${props.application.name} is in.`, "good");
  };
  return (
    <>
      <div class="row crumb">
        <Button small look="ghost" onClick={() => leave(() => props.onBack())}>
          <ArrowLeft size={16} /> All applications
        </Button>
      </div>
      <Section title={props.application.name}>
        <Card>
          <ImageField
            label="Picture"
            shape="square"
            src={icon()}
            most={5 * 1024 * 1024}
            error={draft.errors().icon}
            onChange={(value) => draft.set("icon", value)}
            fallback={<Picture src={null} name={props.application.name} id={props.application.id} size={88} />}
          />
          <Field
            label="Name"
            value={draft.value("name")}
            onChange={(value) => draft.set("name", value)}
            maxLength={32}
            required
            note="A bot that is called like its application is renamed with it."
            error={draft.errors().name}
          />
          <Field
            label="Description"
            multiline
            value={draft.value("description")}
            onChange={(value) => draft.set("description", value)}
            maxLength={400}
            error={draft.errors().description}
          />
          <Field
            label="Tags"
            value={draft.value("tags")}
            onChange={(value) => draft.set("tags", value)}
            note="Up to five, with commas between them."
            error={draft.errors().tags}
          />
        </Card>
      </Section>
      <Section title="What it hears" about="Without these a bot that asks for them is refused when it connects.">
        <Card flush>
          <For each={INTENTS}>
            {(intent) => (
              <Switch
                label={intent.name}
                note={intent.about}
                checked={(draft.value("flags") & intent.flag) !== 0}
                onChange={(on) =>
                  draft.set("flags", on ? draft.value("flags") | intent.flag : draft.value("flags") & ~intent.flag)
                }
              />
            )}
          </For>
        </Card>
      </Section>
      <Section title="Bot">
        <Card flush>
          <Line
            icon={Plus}
            label="Add it to a guild"
            note={managed().length > 0 ? "It comes with a role of its own." : "You manage no guild."}
          >
            <Button
              small
              look="primary"
              disabled={managed().length === 0}
              onClick={() => {
                setGuild(managed()[0]?.id ?? "");
                setAdding(true);
              }}
            >
              Add
            </Button>
          </Line>
          <Line icon={KeyRound} label="Token" note="A new one ends the bot's connection; the old one stops working.">
            <Button small look="danger" onClick={() => setResetting(true)}>
              Make a new token
            </Button>
          </Line>
          <Line icon={Hash} label="Application id" note={<span class="mono">{props.application.id}</span>}>
            <Button small look="ghost" onClick={() => void copyText(props.application.id, "Id copied.")}>
              Copy
            </Button>
          </Line>
          <Show when={props.application.verify_key}>
            {(key) => (
              <Line icon={ShieldCheck} label="Public key" note={<span class="mono">{key()}</span>}>
                <Button small look="ghost" onClick={() => void copyText(key(), "Key copied.")}>
                  Copy
                </Button>
              </Line>
            )}
          </Show>
        </Card>
      </Section>
      <Section title="The end" danger>
        <Card flush>
          <Line
            icon={Trash}
            label="Delete the application"
            note="Its bot leaves every guild, its commands go. What it wrote stays under nobody's name."
          >
            <Button
              small
              look="danger"
              onClick={() => {
                setTyped("");
                setDeleting(true);
              }}
            >
              Delete
            </Button>
          </Line>
        </Card>
      </Section>
      <SaveBar draft={draft} />
      <FormDialog
        open={deleting()}
        onClose={() => setDeleting(false)}
        title={`Delete ${props.application.name}?`}
        about="This cannot be undone."
        action="Delete for good"
        danger
        disabled={typed() !== props.application.name}
        fields={[]}
        onSubmit={remove}
      >
        {() => (
          <Field label={`Type ${props.application.name} to go on`} value={typed()} onChange={setTyped} autofocus />
        )}
      </FormDialog>
      <FormDialog
        open={adding()}
        onClose={() => setAdding(false)}
        title={`Add ${props.application.name}`}
        action="Add"
        fields={["permissions"]}
        onSubmit={add}
      >
        {(errors) => (
          <>
            <Choice
              label="Guild"
              value={guild()}
              onChange={setGuild}
              options={managed().map((one) => ({ value: one.id, label: one.name }))}
            />
            <Choice
              label="What it may do"
              value={preset()}
              onChange={setPreset}
              options={BOT_PRESETS}
              note={errors().permissions ?? "Its role can be changed later."}
            />
          </>
        )}
      </FormDialog>
      <Confirm
        open={resetting()}
        onClose={() => setResetting(false)}
        title="Make a new token?"
        about="The bot stops working until it has the new one."
        action="Make a new token"
        onConfirm={reset}
      />
    </>
  );
}
