/** What an application is called and looks like. */
import Hash from "lucide-solid/icons/hash";
import ShieldCheck from "lucide-solid/icons/shield-check";
import Trash from "lucide-solid/icons/trash";
import { createSignal, Show } from "solid-js";
import { copyText } from "~/message/act";
import { api, own } from "~/net/rest";
import { Button, Field, Picture, toast } from "~/ui";
import { createDraft } from "../../draft";
import { FormDialog } from "../../FormDialog";
import { ImageField } from "../../ImageField";
import { Card, Line, Section } from "../../parts";
import { SaveBar } from "../../SaveBar";
import { type Application, appIcon } from "../application";
import type { PartProps } from "./part";

export function General(props: PartProps & { onGone: () => void }) {
  const [deleting, setDeleting] = createSignal(false);
  const [typed, setTyped] = createSignal("");
  const draft = createDraft(
    () => ({
      name: props.application.name,
      icon: props.application.icon,
      description: props.application.description,
      tags: (props.application.tags ?? []).join(", "),
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
  const remove = async () => {
    await own.delete(`/applications/${props.application.id}`);
    toast(`${props.application.name} is gone.`, "info");
    props.onGone();
  };
  return (
    <>
      <Section>
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
      <Section title="For programs">
        <Card flush>
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
    </>
  );
}
