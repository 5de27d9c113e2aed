/** The link that a guild has under a name of its own. */
import Copy from "lucide-solid/icons/copy";
import { Show } from "solid-js";
import { copyText } from "~/message/act";
import { api } from "~/net/rest";
import { Button, Field } from "~/ui";
import { createDraft } from "../draft";
import { createLoad, type Load, Loaded } from "../load";
import { Card, Section } from "../parts";
import { SaveBar } from "../SaveBar";
import { guildId } from "./context";

interface Own {
  code: string | null;
  uses: number;
}

export function Vanity() {
  const load = createLoad(() => api.get<Own>(`/guilds/${guildId()}/vanity-url`));
  return (
    <Loaded load={load} rows={1}>
      {(known) => <Form known={known()} load={load} />}
    </Loaded>
  );
}

function wrong(code: string): string {
  if (!code) return "";
  if (code.length < 2 || code.length > 25) return "2 to 25 characters.";
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(code) ? "" : "Letters, digits and dashes, none at the ends.";
}

function Form(props: { known: Own; load: Load<Own> }) {
  const address = (code: string) => `${location.origin}/invite/${code}`;
  const draft = createDraft(
    () => ({ code: props.known.code ?? "" }),
    async (_, whole) => {
      const next = await api.patch<Own>(`/guilds/${guildId()}/vanity-url`, { code: whole.code.trim() || null });
      props.load.change(() => next);
    },
    { check: (all) => ({ code: wrong(all.code.trim()) }) },
  );
  return (
    <Section title="A link of your own" about="Never ends, and is easy to say.">
      <Card>
        <Field
          label="Its name"
          value={draft.value("code")}
          onChange={(value) => draft.set("code", value.toLowerCase())}
          placeholder="the-lighthouse"
          maxLength={25}
          note={`${address(draft.value("code") || "…")}${props.known.code ? ` · used ${props.known.uses} times` : ""}`}
          error={draft.errors().code}
        />
        <Show when={props.known.code}>
          {(code) => (
            <div class="row">
              <Button small onClick={() => void copyText(address(code()), "Link copied.")}>
                <Copy size={15} /> Copy the link
              </Button>
            </div>
          )}
        </Show>
      </Card>
      <SaveBar draft={draft} />
    </Section>
  );
}
