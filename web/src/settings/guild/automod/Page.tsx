/** Automatic moderation: rules that look at what is said before anybody sees it. */
import Plus from "lucide-solid/icons/plus";
import ShieldAlert from "lucide-solid/icons/shield-alert";
import { createSignal, For, Show } from "solid-js";
import { api } from "~/net/rest";
import { Button, Empty, Menu, Switch, attempt } from "~/ui";
import type { Rule } from "~/wire";
import { leave } from "../../guard";
import { createLoad, Loaded } from "../../load";
import { Panes } from "../../Panes";
import { guildId } from "../context";
import { addable, kindOf } from "./rule";
import { RuleEditor } from "./Editor";

export function Automod() {
  const path = () => `/guilds/${guildId()}/auto-moderation/rules`;
  const rules = createLoad(() => api.get<Rule[]>(path()));
  /** The rule that is open, or the kind of a new one. */
  const [open, setOpen] = createSignal<{ rule: string } | { kind: number } | null>(null);
  const put = (next: Rule) =>
    rules.change((all) =>
      all.some((one) => one.id === next.id) ? all.map((one) => (one.id === next.id ? next : one)) : [...all, next],
    );
  const shown = () => {
    const now = open();
    return now && "rule" in now ? rules.value()?.find((one) => one.id === now.rule) : undefined;
  };
  const toggle = (rule: Rule, enabled: boolean) =>
    void attempt(api.patch<Rule>(`${path()}/${rule.id}`, { enabled }).then(put));
  return (
    <Loaded load={rules} rows={4}>
      {(all) => (
        <Panes
          open={open() !== null}
          onBack={() => setOpen(null)}
          back="All rules"
          list={
            <>
              <div class="panes-head">
                <span class="set-count grow">
                  {all().length} {all().length === 1 ? "rule" : "rules"}
                </span>
                <Menu
                  class="button button-primary button-small"
                  label="New rule"
                  trigger={
                    <>
                      <Plus size={16} /> New rule
                    </>
                  }
                  entries={addable(all()).map((kind) => ({
                    label: kind.name,
                    act: () => leave(() => setOpen({ kind: kind.trigger })),
                  }))}
                />
              </div>
              <ul class="sel-list" aria-label="Rules">
                <For each={all()}>
                  {(rule) => (
                    <li class="sel-row rule-row">
                      <button
                        type="button"
                        class="sel"
                        aria-current={shown()?.id === rule.id ? "true" : undefined}
                        onClick={() => leave(() => setOpen({ rule: rule.id }))}
                      >
                        <ShieldAlert size={17} />
                        <span class="grow truncate">
                          {rule.name}
                          <span class="who-sub">{kindOf(rule.trigger_type).name}</span>
                        </span>
                      </button>
                      <Switch label={`${rule.name}: on`} hideLabel checked={rule.enabled} onChange={(on) => toggle(rule, on)} />
                    </li>
                  )}
                </For>
              </ul>
              <p class="field-note panes-note">Rules act before a message is seen. They do not count for those who manage the guild.</p>
            </>
          }
        >
          <Show
            when={open()}
            keyed
            fallback={
              <Empty icon={ShieldAlert} title={all().length > 0 ? "Choose a rule" : "No rules yet"}>
                <p>Let the server keep out words, spam and floods of mentions while you sleep.</p>
                <Show when={all().length === 0}>
                  <Button look="primary" onClick={() => setOpen({ kind: addable(all())[0]?.trigger ?? 1 })}>
                    Make the first one
                  </Button>
                </Show>
              </Empty>
            }
          >
            {(now) => (
              <RuleEditor
                rule={shown()}
                trigger={"kind" in now ? now.kind : (shown()?.trigger_type ?? 1)}
                onSaved={(next) => {
                  put(next);
                  if ("kind" in now) setOpen({ rule: next.id });
                }}
                onGone={(id) => {
                  rules.change((known) => known.filter((one) => one.id !== id));
                  setOpen(null);
                }}
              />
            )}
          </Show>
        </Panes>
      )}
    </Loaded>
  );
}
