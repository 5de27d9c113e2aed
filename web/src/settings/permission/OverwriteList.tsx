/** Permissions of an overwrite: each is denied, left as it is, or allowed. */
import Check from "lucide-solid/icons/check";
import Slash from "lucide-solid/icons/slash";
import X from "lucide-solid/icons/x";
import { For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { Overwrite } from "~/wire";
import { type PermissionWords, type Reach, search } from "./list";
import { inherited, type State, stateOf, withState } from "./tristate";

interface OverwriteListProps {
  value: Overwrite;
  onChange: (next: Overwrite) => void;
  reach: Reach;
  /** What one has in the channel: nobody hands on more. */
  held: bigint;
  /** What roles say by themselves. */
  base: bigint;
  everyone: Overwrite | undefined;
}

const STATES: { state: State; label: string; icon: typeof Check }[] = [
  { state: "deny", label: "Deny", icon: X },
  { state: "inherit", label: "As roles say", icon: Slash },
  { state: "allow", label: "Allow", icon: Check },
];

export function OverwriteList(props: OverwriteListProps) {
  /** A category is for channels of all kinds: what means something only in the whole guild is left out. */
  const groups = () =>
    search("", props.reach)
      .map((group) => ({
        ...group,
        permissions: group.permissions.filter((one) => one.reach.some((where) => where !== "guild")),
      }))
      .filter((group) => group.permissions.length > 0);
  return (
    <For each={groups()}>
      {(group) => (
        <section class="set-section">
          <h4 class="perm-title">{group.title}</h4>
          <div class="set-card flush">
            <For each={group.permissions}>{(one) => <Line {...props} words={one} />}</For>
          </div>
        </section>
      )}
    </For>
  );
}

function Line(props: OverwriteListProps & { words: PermissionWords }) {
  const state = () => stateOf(props.value, props.words.bit);
  const mayHand = () => ((props.held >> BigInt(props.words.bit)) & 1n) === 1n;
  const set = (next: State) => props.onChange(withState(props.value, props.words.bit, next));
  const onKey = (event: KeyboardEvent) => {
    const by =
      event.key === "ArrowRight" || event.key === "ArrowDown"
        ? 1
        : event.key === "ArrowLeft" || event.key === "ArrowUp"
          ? -1
          : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = STATES.findIndex((one) => one.state === state());
    const next = STATES[Math.max(0, Math.min(2, at + by))];
    if (!next) return;
    set(next.state);
    const group = (event.currentTarget as HTMLElement).parentElement;
    queueMicrotask(() => group?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus());
  };
  return (
    <div class="set-row set-line three-line">
      <div class="grow">
        <div class="set-line-label">{props.words.name}</div>
        <div class="field-note">
          {props.words.about}
          <Show when={state() === "inherit"}>
            <span class="three-now">
              {" "}
              Now: {inherited(props.base, props.everyone, props.words.bit) ? "allowed" : "denied"}.
            </span>
          </Show>
        </div>
      </div>
      <div class="threes" role="radiogroup" aria-label={props.words.name}>
        <For each={STATES}>
          {(one) => (
            <button
              type="button"
              role="radio"
              class={`three-state three-is-${one.state}`}
              aria-checked={state() === one.state}
              aria-label={one.label}
              title={mayHand() ? one.label : "You do not have this permission here yourself."}
              tabindex={state() === one.state ? 0 : -1}
              disabled={!mayHand()}
              onClick={() => set(one.state)}
              onKeyDown={onKey}
            >
              <Dynamic component={one.icon} size={16} />
            </button>
          )}
        </For>
      </div>
    </div>
  );
}
