/** All permissions with a word about each, to be switched on and off. */
import SearchX from "lucide-solid/icons/search-x";
import Alert from "lucide-solid/icons/triangle-alert";
import { createSignal, For, Show } from "solid-js";
import { Button, Empty, Switch } from "~/ui";
import { SearchBox } from "../parts";
import { search } from "./list";

interface ListProps {
  value: bigint;
  onChange: (bits: bigint) => void;
  /** What one has oneself: nobody gives more. */
  held: bigint;
  /** What was there before: it may stay or go. */
  saved: bigint;
  disabled?: boolean;
}

const has = (bits: bigint, bit: number): boolean => ((bits >> BigInt(bit)) & 1n) === 1n;

export function PermissionList(props: ListProps) {
  const [query, setQuery] = createSignal("");
  const set = (bit: number, on: boolean) =>
    props.onChange(on ? props.value | (1n << BigInt(bit)) : props.value & ~(1n << BigInt(bit)));
  const mayGive = (bit: number) => has(props.held, bit) || has(props.saved, bit);
  return (
    <>
      <div class="set-tools">
        <SearchBox label="Search permissions" value={query()} onChange={setQuery} />
        <span class="grow" />
        <Button small look="ghost" disabled={props.disabled || props.value === 0n} onClick={() => props.onChange(0n)}>
          Take all away
        </Button>
      </div>
      <Show when={has(props.value, 3)}>
        <div class="notice notice-warn">
          <Alert size={18} />
          <span>Administrators may do everything, whatever is switched off below or in channels.</span>
        </div>
      </Show>
      <For
        each={search(query(), "guild")}
        fallback={
          <Empty icon={SearchX} title="No such permission">
            <p>Try another word.</p>
          </Empty>
        }
      >
        {(group) => (
          <section class="set-section">
            <h3 class="perm-title">{group.title}</h3>
            <div class="set-card flush">
              <For each={group.permissions}>
                {(one) => (
                  <Switch
                    label={one.name}
                    note={
                      <>
                        {one.about}
                        <Show when={!mayGive(one.bit)}> You do not have it yourself.</Show>
                      </>
                    }
                    checked={has(props.value, one.bit)}
                    disabled={(props.disabled ?? false) || !mayGive(one.bit)}
                    onChange={(on) => set(one.bit, on)}
                  />
                )}
              </For>
            </div>
          </section>
        )}
      </For>
    </>
  );
}
