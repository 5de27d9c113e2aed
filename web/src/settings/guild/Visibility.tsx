/** Who comes into a guild, and what people find it by. */
import Globe from "lucide-solid/icons/globe";
import Lock from "lucide-solid/icons/lock";
import { Show } from "solid-js";
import { instance } from "~/app/session";
import { KeywordField } from "~/discovery/KeywordField";
import { DISCOVERABLE } from "~/discovery/wire";
import { Permission } from "~/guild/permissions";
import type { Errors } from "../draft";
import { Card, Section, Segments } from "../parts";
import { may, owns } from "./context";

/** The features with this one on or off, in the server's order. */
const withFeature = (features: readonly string[], feature: string, on: boolean): string[] =>
  [...features.filter((one) => one !== feature), ...(on ? [feature] : [])].sort();

export function Visibility(props: {
  /** The guild's, as Discord names them. */
  features: string[];
  keywords: string[];
  errors: Errors;
  onFeatures: (value: string[]) => void;
  onKeywords: (value: string[]) => void;
}) {
  const open = () => props.features.includes(DISCOVERABLE);
  const decides = () => owns() || may(Permission.Administrator);
  /** The server complains of single tags too. */
  const wrong = () => {
    const found = Object.entries(props.errors).filter(([path]) => path.split(".")[0] === "keywords");
    return [...new Set(found.map(([, text]) => text))].join(" ");
  };
  return (
    <Section title="Who can come in">
      <Card>
        <div>
          <Segments
            label="Who can come in"
            value={open() ? "all" : "invited"}
            disabled={!decides()}
            options={[
              { value: "invited", label: "Invite only", note: "Whoever has a link", icon: Lock },
              { value: "all", label: "Anyone", note: "Listed under “Find guilds”", icon: Globe },
            ]}
            onChange={(value) => props.onFeatures(withFeature(props.features, DISCOVERABLE, value === "all"))}
          />
          <Show when={props.errors.features}>
            <div class="field-error" role="alert">
              {props.errors.features}
            </div>
          </Show>
          <Show when={!decides()}>
            <p class="field-note">Only administrators of the guild decide that.</p>
          </Show>
          <Show when={open() && instance()?.discovery === false}>
            <p class="field-note">
              This server has switched its public list off: nobody finds or enters without an invite for now.
            </p>
          </Show>
        </div>
        <KeywordField value={props.keywords} onChange={props.onKeywords} error={wrong()} />
      </Card>
    </Section>
  );
}
