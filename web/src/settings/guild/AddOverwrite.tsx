/** Choosing a role or a member. */
import Users from "lucide-solid/icons/users";
import { createMemo, createSignal, For, Show } from "solid-js";
import { roleColor } from "~/member/store";
import { Avatar, Dialog, Empty } from "~/ui";
import type { Id } from "~/wire";
import { createLoad } from "../load";
import { SearchBox } from "../parts";
import { guildId } from "./context";
import { facesOf, fetchMembers, matches } from "./people";
import { roles } from "./rank";

export function AddOverwrite(props: { taken: Set<Id>; onAdd: (id: Id, type: 0 | 1) => void; onClose: () => void }) {
  const [query, setQuery] = createSignal("");
  createLoad(() => fetchMembers(guildId()));
  const wanted = () => query().trim().toLowerCase();
  const foundRoles = () =>
    roles().filter((role) => !props.taken.has(role.id) && role.name.toLowerCase().includes(wanted()));
  const foundPeople = createMemo(() =>
    facesOf(guildId())
      .filter((face) => !props.taken.has(face.user.id) && matches(face, query()))
      .slice(0, 40),
  );
  return (
    <Dialog open onClose={props.onClose} title="Add a role or a member">
      <SearchBox label="Search" value={query()} onChange={setQuery} wide />
      <div class="sel-people">
        <Show
          when={foundRoles().length + foundPeople().length > 0}
          fallback={<Empty icon={Users} title="Nothing of that name" />}
        >
          <For each={foundRoles()}>
            {(role) => (
              <button type="button" class="who sel-person" onClick={() => props.onAdd(role.id, 0)}>
                <span class="chip-dot big" style={{ background: roleColor(role) }} />
                <span class="grow truncate">{role.name}</span>
                <span class="muted small">role</span>
              </button>
            )}
          </For>
          <For each={foundPeople()}>
            {(face) => (
              <button type="button" class="who sel-person" onClick={() => props.onAdd(face.user.id, 1)}>
                <Avatar user={face.user} size={28} />
                <span class="grow truncate">
                  {face.name} <span class="muted small">@{face.user.username}</span>
                </span>
              </button>
            )}
          </For>
        </Show>
      </div>
    </Dialog>
  );
}
