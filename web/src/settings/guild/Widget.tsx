/** The widget: what the guild shows of itself on other pages. */
import Copy from "lucide-solid/icons/copy";
import { createSignal, For, Show } from "solid-js";
import { copyText } from "~/message/act";
import { DISCORD, api } from "~/net/rest";
import { Button, Choice, Switch } from "~/ui";
import type { Id } from "~/wire";
import { createDraft } from "../draft";
import { createLoad, type Load, Loaded } from "../load";
import { Card, Line, Section } from "../parts";
import { SaveBar } from "../SaveBar";
import { asOptions, guildId, textChannels } from "./context";

interface Settings {
  enabled: boolean;
  channel_id: Id | null;
}

const STYLES = ["banner2", "banner1", "banner3", "banner4", "shield"] as const;

export function Widget() {
  const settings = createLoad(() => api.get<Settings>(`/guilds/${guildId()}/widget`));
  return (
    <Loaded load={settings} rows={2}>
      {(known) => <Form known={known()} load={settings} />}
    </Loaded>
  );
}

function Form(props: { known: Settings; load: Load<Settings> }) {
  const [style, setStyle] = createSignal<(typeof STYLES)[number]>("banner2");
  const draft = createDraft(
    () => ({ enabled: props.known.enabled, channel_id: props.known.channel_id ?? "" }),
    async (changes) => {
      const body: Record<string, unknown> = { ...changes };
      if (changes.channel_id === "") body.channel_id = null;
      const next = await api.patch<Settings>(`/guilds/${guildId()}/widget`, body);
      props.load.change(() => next);
    },
  );
  const path = (end: string) => `${DISCORD}/guilds/${guildId()}/widget.${end}`;
  return (
    <>
      <Section about="Anybody who knows the addresses below sees how many are online, their names, and public voice channels.">
        <Card>
          <Switch
            label="Show the widget"
            checked={draft.value("enabled")}
            onChange={(value) => draft.set("enabled", value)}
          />
          <Choice
            label="Invite to"
            value={draft.value("channel_id")}
            onChange={(value) => draft.set("channel_id", value)}
            options={asOptions(textChannels(), "Nobody")}
            note="With a channel, the widget has an invite that lets everybody in."
            error={draft.errors().channel_id}
          />
        </Card>
      </Section>
      <Show when={props.known.enabled}>
        <Section title="For other pages">
          <Card>
            <Choice
              label="Look"
              value={style()}
              onChange={(value) => setStyle(value as (typeof STYLES)[number])}
              options={STYLES.map((value) => ({
                value,
                label: value === "shield" ? "Shield" : `Banner ${value.slice(-1)}`,
              }))}
            />
            <div class="widget-face">
              <img src={path(`png?style=${style()}`)} alt={`The widget as ${style()}`} />
            </div>
          </Card>
          <Card flush>
            <For
              each={[
                ["Picture", path(`png?style=${style()}`)],
                ["JSON", path("json")],
              ]}
            >
              {([label, address]) => (
                <Line label={label} note={<span class="mono">{location.origin + (address ?? "")}</span>}>
                  <Button small onClick={() => void copyText(location.origin + (address ?? ""), "Address copied.")}>
                    <Copy size={15} /> Copy
                  </Button>
                </Line>
              )}
            </For>
          </Card>
        </Section>
      </Show>
      <SaveBar draft={draft} />
    </>
  );
}
