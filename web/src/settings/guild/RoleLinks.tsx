/** What a role asks of those who are to have it: with rules, it comes and goes by them alone. */
import Link from "lucide-solid/icons/link";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { Index, Show } from "solid-js";
import { isYesNo, labelOf, MOST, ofRole, problemsOf } from "~/link/rules";
import { api, own } from "~/net/rest";
import { Button, Choice, Empty, Field, IconButton } from "~/ui";
import type { LinkRule, LinkSource, Role } from "~/wire";
import { createDraft } from "../draft";
import { createLoad, Loaded } from "../load";
import { Card, Section } from "../parts";
import { SaveBar } from "../SaveBar";
import { guildId } from "./context";
import "~/link/link.css";

type Ways = LinkRule[][];

export function RoleLinks(props: { role: Role; locked: boolean; onCount: () => void }) {
  const path = () => `/guilds/${guildId()}/roles/${props.role.id}/connections/configuration`;
  const load = createLoad(async () => {
    const [ways, sources] = await Promise.all([
      api.get<Ways>(path()),
      own.get<LinkSource[]>(`/guilds/${guildId()}/connections`),
    ]);
    return { ways, sources: sources.filter((one) => one.fields.length > 0 || ways.flat().some((rule) => rule.application_id === one.id)) };
  });
  const save = async (ways: Ways) => {
    const next = await api.put<Ways>(path(), ways);
    load.change((known) => ({ ...known, ways: next }));
    props.onCount();
  };
  return (
    <Loaded load={load} rows={3}>
      {(known) => (
        <Show
          when={known().sources.length > 0 || known().ways.length > 0}
          fallback={
            <Card>
              <Empty icon={Link} title="No application can be asked">
                <p>Add one that says what it knows of people: then this role can ask for it.</p>
              </Empty>
            </Card>
          }
        >
          <Rules ways={known().ways} sources={known().sources} locked={props.locked} save={save} />
        </Show>
      )}
    </Loaded>
  );
}

function Rules(props: { ways: Ways; sources: LinkSource[]; locked: boolean; save: (ways: Ways) => Promise<void> }) {
  const draft = createDraft<{ ways: Ways }>(
    () => ({ ways: props.ways }),
    (_, whole) => props.save(whole.ways.filter((way) => way.length > 0)),
    { check: (whole) => problemsOf(whole.ways) as Partial<Record<"ways", string>> },
  );
  const ways = () => draft.value("ways");
  const put = (at: number, way: LinkRule[]) =>
    draft.set("ways", way.length > 0 ? ways().map((one, index) => (index === at ? way : one)) : ways().filter((_, index) => index !== at));
  const fresh = (): LinkRule[] => {
    const source = props.sources[0];
    return source ? [ofRole(source, source.fields[0])] : [];
  };
  return (
    <>
      <Section
        about="Whoever meets all rules of one way has the role, as long as they do. It can no longer be given by hand. Without rules it is a role like others."
        tools={
          <Show when={!props.locked && ways().length > 0 && ways().length < MOST.ways}>
            <Button small onClick={() => draft.set("ways", [...ways(), fresh()])}>
              <Plus size={16} /> Another way
            </Button>
          </Show>
        }
      >
        <Show
          when={ways().length > 0}
          fallback={
            <Card>
              <Empty icon={Link} title="It asks for nothing">
                <p>Add a rule, and the role comes to whoever meets it.</p>
                <Show when={!props.locked}>
                  <Button look="primary" onClick={() => draft.set("ways", [fresh()])}>
                    <Plus size={16} /> Add a rule
                  </Button>
                </Show>
              </Empty>
            </Card>
          }
        >
          <Index each={ways()}>
            {(way, at) => (
              <>
                <Show when={at > 0}>
                  <div class="link-or">or</div>
                </Show>
                <Card>
                  <div class="stack" role="group" aria-label={`Way ${at + 1}`}>
                    <Index each={way()}>
                      {(rule, place) => (
                        <RuleLine
                          rule={rule()}
                          sources={props.sources}
                          locked={props.locked}
                          error={draft.errors()[`${at}.${place}`]}
                          onChange={(next) => put(at, way().map((one, index) => (index === place ? next : one)))}
                          onGone={() => put(at, way().filter((_, index) => index !== place))}
                        />
                      )}
                    </Index>
                    <Show when={!props.locked && way().length < MOST.rules}>
                      <div class="row">
                        <Button small look="ghost" onClick={() => put(at, [...way(), ...fresh()])}>
                          <Plus size={16} /> And also
                        </Button>
                      </div>
                    </Show>
                  </div>
                </Card>
              </>
            )}
          </Index>
        </Show>
      </Section>
      <SaveBar draft={draft} />
    </>
  );
}

interface LineProps {
  rule: LinkRule;
  sources: LinkSource[];
  locked: boolean;
  error: string | undefined;
  onChange: (rule: LinkRule) => void;
  onGone: () => void;
}

function RuleLine(props: LineProps) {
  const source = () => props.sources.find((one) => one.id === props.rule.application_id);
  const fields = () => source()?.fields ?? [];
  const kind = () => props.rule.operator ?? 0;
  const choose = (id: string) => {
    const next = props.sources.find((one) => one.id === id);
    if (next) props.onChange(ofRole(next, next.fields[0]));
  };
  const field = (key: string) => {
    const from = source();
    if (from) props.onChange(ofRole(from, from.fields.find((one) => one.key === key)));
  };
  const put = (value: string) => props.onChange({ ...props.rule, value });
  return (
    <div class="link-rule">
      <Choice
        label="Application"
        value={props.rule.application_id}
        disabled={props.locked}
        onChange={choose}
        options={[
          ...props.sources.map((one) => ({ value: one.id, label: one.name })),
          ...(source() ? [] : [{ value: props.rule.application_id, label: "One that is gone" }]),
        ]}
      />
      <Choice
        label="What it says"
        value={props.rule.connection_metadata_field ?? ""}
        disabled={props.locked}
        onChange={field}
        options={[{ value: "", label: "Anything" }, ...fields().map((one) => ({ value: one.key, label: one.name }))]}
      />
      <Show when={props.rule.operator !== null} fallback={<span />}>
        <Show
          when={isYesNo(kind())}
          fallback={
            <Field
              label={labelOf(kind())}
              inputMode="numeric"
              value={props.rule.value ?? ""}
              disabled={props.locked}
              error={props.error}
              onChange={put}
              maxLength={16}
            />
          }
        >
          <Choice
            label={kind() === 7 ? "Is" : "Is not"}
            value={props.rule.value ?? "1"}
            disabled={props.locked}
            onChange={put}
            options={[
              { value: "1", label: "Yes" },
              { value: "0", label: "No" },
            ]}
          />
        </Show>
      </Show>
      <Show when={!props.locked}>
        <IconButton label="Remove the rule" class="danger" onClick={() => props.onGone()}>
          <Trash size={17} />
        </IconButton>
      </Show>
    </div>
  );
}
