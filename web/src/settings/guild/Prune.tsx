/** Removing members who have not been seen for long. */
import { createEffect, createSignal, For, on, Show } from "solid-js";
import { roleColor } from "~/member/store";
import { explain } from "~/net/error";
import { api } from "~/net/rest";
import { Spinner, toast } from "~/ui";
import type { Id } from "~/wire";
import { FormDialog } from "../FormDialog";
import { Segments } from "../parts";
import { guildId } from "./context";
import { roles } from "./rank";

export function Prune(props: { onClose: () => void }) {
  const [days, setDays] = createSignal(30);
  const [included, setIncluded] = createSignal<Id[]>([]);
  const [count, setCount] = createSignal<number>();
  const [problem, setProblem] = createSignal("");
  const preview = async () => {
    const asked = `${days()} ${included().join()}`;
    setCount(undefined);
    setProblem("");
    try {
      const { pruned } = await api.get<{ pruned: number }>(`/guilds/${guildId()}/prune`, {
        days: days(),
        include_roles: included().join(","),
      });
      if (asked === `${days()} ${included().join()}`) setCount(pruned);
    } catch (error) {
      setProblem(explain(error));
    }
  };
  createEffect(on([days, included], () => void preview()));
  const prune = async () => {
    const { pruned } = await api.post<{ pruned: number | null }>(`/guilds/${guildId()}/prune`, {
      days: days(),
      include_roles: included(),
    });
    toast(`${pruned ?? "Some"} ${pruned === 1 ? "member was" : "members were"} removed.`, "good");
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title="Prune members"
      about="Removes people who were not seen for a while and have no role. They can come back with an invite."
      action={count() === undefined ? "Prune" : `Remove ${count()} ${count() === 1 ? "member" : "members"}`}
      danger
      disabled={!count()}
      fields={[]}
      onSubmit={prune}
    >
      {() => (
        <>
          <div>
            <div class="field-label seg-label">Not seen for</div>
            <Segments
              label="Not seen for"
              value={days()}
              options={[
                { value: 1, label: "1 day" },
                { value: 7, label: "7 days" },
                { value: 14, label: "14 days" },
                { value: 30, label: "30 days" },
              ]}
              onChange={setDays}
            />
          </div>
          <Show when={roles().some((role) => !role.managed)}>
            <fieldset class="role-pop-list boxed">
              <legend class="field-label">Also with these roles</legend>
              <For each={roles().filter((role) => !role.managed)}>
                {(role) => (
                  <label class="role-pop-line">
                    <span class="chip-dot" style={{ background: roleColor(role) }} />
                    <span class="grow truncate">{role.name}</span>
                    <input
                      type="checkbox"
                      checked={included().includes(role.id)}
                      onChange={(event) =>
                        setIncluded((all) =>
                          event.currentTarget.checked ? [...all, role.id] : all.filter((id) => id !== role.id),
                        )
                      }
                    />
                  </label>
                )}
              </For>
            </fieldset>
          </Show>
          <p aria-live="polite">
            <Show when={count() !== undefined} fallback={problem() || <Spinner label="Counting" />}>
              {count() === 0
                ? "Nobody would be removed."
                : `${count()} ${count() === 1 ? "member" : "members"} would be removed.`}
            </Show>
          </p>
        </>
      )}
    </FormDialog>
  );
}
