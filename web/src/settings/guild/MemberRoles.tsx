/** Roles of a member, to be given and taken. */
import Plus from "lucide-solid/icons/plus";
import X from "lucide-solid/icons/x";
import { createSignal, For, Show } from "solid-js";
import { Permission } from "~/guild/permissions";
import { roleColor } from "~/member/store";
import { Popover } from "~/ui";
import type { Id, Role } from "~/wire";
import { SearchBox } from "../parts";
import { guildId, may } from "./context";
import type { Face } from "./people";
import { givable, roles } from "./rank";
import { giveRole } from "./RoleMembers";

export function MemberRoles(props: { face: Face }) {
  const [busy, setBusy] = createSignal<Id | null>(null);
  const [query, setQuery] = createSignal("");
  const held = () => roles().filter((role) => props.face.roles.includes(role.id));
  const mayGive = () => may(Permission.ManageRoles) && givable().length > 0;
  const change = async (role: Role, give: boolean) => {
    setBusy(role.id);
    await giveRole(props.face.user.id, role.id, give);
    setBusy(null);
  };
  const takable = (role: Role) => mayGive() && givable().some((one) => one.id === role.id);
  return (
    <div class="role-chips">
      <For each={held()}>
        {(role) => (
          <span class="chip">
            <span class="chip-dot" style={{ background: roleColor(role) }} />
            <span class="truncate">{role.name}</span>
            <Show when={takable(role)}>
              <button
                type="button"
                aria-label={`Take ${role.name} from ${props.face.name}`}
                disabled={busy() === role.id}
                onClick={() => void change(role, false)}
              >
                <X size={12} />
              </button>
            </Show>
          </span>
        )}
      </For>
      <Show when={mayGive()}>
        <Popover
          class="chip chip-add"
          label={`Roles of ${props.face.name}`}
          placement="bottom-start"
          trigger={<Plus size={14} />}
        >
          <div class="role-pop">
            <SearchBox label="Search roles" value={query()} onChange={setQuery} wide />
            <div class="role-pop-list">
              <For
                each={givable().filter(
                  (role) => role.id !== guildId() && role.name.toLowerCase().includes(query().trim().toLowerCase()),
                )}
                fallback={<p class="muted small">No such role.</p>}
              >
                {(role) => (
                  <label class="role-pop-line">
                    <span class="chip-dot" style={{ background: roleColor(role) }} />
                    <span class="grow truncate">{role.name}</span>
                    <input
                      type="checkbox"
                      checked={props.face.roles.includes(role.id)}
                      disabled={busy() === role.id}
                      onChange={(event) => void change(role, event.currentTarget.checked)}
                    />
                  </label>
                )}
              </For>
            </div>
          </div>
        </Popover>
      </Show>
    </div>
  );
}
