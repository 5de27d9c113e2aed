/** The bot of an application: its token, what it hears, and where it is added. */
import KeyRound from "lucide-solid/icons/key-round";
import Plus from "lucide-solid/icons/plus";
import { createSignal, For } from "solid-js";
import { canIn } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { guildList } from "~/guild/store";
import { api, own } from "~/net/rest";
import { Button, Choice, Confirm, Switch, toast } from "~/ui";
import { createDraft } from "../../draft";
import { FormDialog } from "../../FormDialog";
import { Card, Line, Section } from "../../parts";
import { BOT_PRESETS } from "../../permission/presets";
import { SaveBar } from "../../SaveBar";
import { type Application, INTENTS } from "../application";
import type { PartProps } from "./part";

export function BotPart(props: PartProps & { onToken: (token: string) => void }) {
  const [resetting, setResetting] = createSignal(false);
  const [adding, setAdding] = createSignal(false);
  const [guild, setGuild] = createSignal("");
  const [preset, setPreset] = createSignal<string>(BOT_PRESETS[1].value);
  const managed = () => guildList().filter((one) => canIn(one.id, Permission.ManageGuild));
  const draft = createDraft(
    () => ({ flags: props.application.flags ?? 0, bot_public: props.application.bot_public ?? true }),
    async (changes) =>
      props.onChange(await api.patch<Application>(`/applications/${props.application.id}`, changes)),
  );
  const reset = async () => {
    const { token } = await own.post<{ token: string }>(`/applications/${props.application.id}/bot/reset`, {});
    props.onToken(token);
  };
  const add = async () => {
    await own.put(`/guilds/${guild()}/bots/${props.application.id}`, { permissions: preset() });
    toast(`${props.application.name} is in.`, "good");
  };
  return (
    <>
      <Section>
        <Card flush>
          <Line icon={KeyRound} label="Token" note="A new one ends the bot's connection; the old one stops working.">
            <Button small look="danger" onClick={() => setResetting(true)}>
              Make a new token
            </Button>
          </Line>
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
          <Switch
            label="Others may add it"
            note="Otherwise only you bring it to guilds."
            checked={draft.value("bot_public")}
            onChange={(on) => draft.set("bot_public", on)}
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
      <SaveBar draft={draft} />
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
