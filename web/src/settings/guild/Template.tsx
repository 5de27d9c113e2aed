/** A template of the guild: its roles and channels, for others to begin with. */
import Copy from "lucide-solid/icons/copy";
import LayoutTemplate from "lucide-solid/icons/layout-template";
import { createSignal, Show } from "solid-js";
import { copyText } from "~/message/act";
import { stamp } from "~/message/time";
import { api } from "~/net/rest";
import { attempt, Button, Confirm, Field } from "~/ui";
import { createDraft } from "../draft";
import { createLoad, type Load, Loaded } from "../load";
import { Card, Line, Section } from "../parts";
import { SaveBar } from "../SaveBar";
import { guild, guildId } from "./context";

interface Template {
  code: string;
  name: string;
  description: string | null;
  usage_count: number;
  updated_at: string;
  is_dirty: boolean | null;
}

const path = () => `/guilds/${guildId()}/templates`;

export function TemplatePage() {
  const templates = createLoad(() => api.get<Template[]>(path()));
  return (
    <Loaded load={templates} rows={2}>
      {(all) => (
        <Show when={all()[0]} fallback={<Make load={templates} />}>
          {(known) => <Form known={known()} load={templates} />}
        </Show>
      )}
    </Loaded>
  );
}

function Make(props: { load: Load<Template[]> }) {
  const [name, setName] = createSignal(guild()?.name ?? "");
  const [about, setAbout] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  const make = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const body = { name: name().trim(), description: about().trim() || null };
    const made = await attempt(api.post<Template>(path(), body));
    if (made) props.load.change(() => [made]);
    setBusy(false);
  };
  return (
    <Section about="Others begin a guild with your roles, channels and their permissions; nothing that was said goes along.">
      <form onSubmit={make}>
        <Card>
          <Field label="Name" value={name()} onChange={setName} maxLength={100} required />
          <Field label="Description" multiline value={about()} onChange={setAbout} maxLength={120} />
          <div class="row">
            <Button look="primary" type="submit" busy={busy()} disabled={!name().trim()}>
              Make a template
            </Button>
          </div>
        </Card>
      </form>
    </Section>
  );
}

function Form(props: { known: Template; load: Load<Template[]> }) {
  const [removing, setRemoving] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const one = () => `${path()}/${props.known.code}`;
  const put = (next: Template) => props.load.change(() => [next]);
  const draft = createDraft(
    () => ({ name: props.known.name, description: props.known.description ?? "" }),
    async (changes) => put(await api.patch<Template>(one(), changes)),
  );
  const link = () => `${location.origin}/template/${props.known.code}`;
  const sync = async () => {
    setBusy(true);
    await attempt(api.put<Template>(one()).then(put), "The template is as the guild is now.");
    setBusy(false);
  };
  return (
    <>
      <Section about="Whoever opens the link begins a guild with your roles and channels.">
        <Card>
          <div class="copy-line">
            <input class="copy-text" readonly aria-label="Link to the template" value={link()} />
            <Button small onClick={() => void copyText(link(), "Link copied.")}>
              <Copy size={15} /> Copy
            </Button>
          </div>
          <Field
            label="Name"
            value={draft.value("name")}
            onChange={(value) => draft.set("name", value)}
            maxLength={100}
            required
            error={draft.errors().name}
          />
          <Field
            label="Description"
            multiline
            value={draft.value("description")}
            onChange={(value) => draft.set("description", value)}
            maxLength={120}
            error={draft.errors().description}
          />
        </Card>
      </Section>
      <Section>
        <Card flush>
          <Line
            icon={LayoutTemplate}
            label={props.known.is_dirty ? "The guild has changed since" : "As the guild is"}
            note={`Used ${props.known.usage_count} ${props.known.usage_count === 1 ? "time" : "times"} · from ${stamp(props.known.updated_at)}`}
          >
            <Button small busy={busy()} onClick={() => void sync()}>
              Bring up to date
            </Button>
            <Button small look="danger" onClick={() => setRemoving(true)}>
              Delete
            </Button>
          </Line>
        </Card>
      </Section>
      <SaveBar draft={draft} />
      <Confirm
        open={removing()}
        onClose={() => setRemoving(false)}
        title="Delete the template?"
        about="Its link no longer works. Guilds that were made with it stay."
        action="Delete"
        onConfirm={async () => {
          await api.delete(one());
          props.load.change(() => []);
        }}
      />
    </>
  );
}
