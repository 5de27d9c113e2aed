/** Roles: their order, and each of them. */
import GripVertical from "lucide-solid/icons/grip-vertical";
import Lock from "lucide-solid/icons/lock";
import Plus from "lucide-solid/icons/plus";
import Users from "lucide-solid/icons/users";
import { createEffect, createSignal, For, on, onCleanup, Show } from "solid-js";
import { putRole } from "~/guild/store";
import { roleColor } from "~/member/store";
import { api } from "~/net/rest";
import { attempt, Button, complain, Empty } from "~/ui";
import type { Id, Role } from "~/wire";
import { leave } from "../guard";
import { createLoad } from "../load";
import { Panes } from "../Panes";
import { createSort, moved, positionsFor } from "../sort";
import { guildId } from "./context";
import { below, everyone, roleById, roles } from "./rank";
import { RoleEditor } from "./RoleEditor";

export function Roles() {
  const [chosen, setChosen] = createSignal<Id | null>(null);
  const [order, setOrder] = createSignal<Id[] | null>(null);
  const [said, setSaid] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  const counts = createLoad(() => api.get<Record<Id, number>>(`/guilds/${guildId()}/roles/member-counts`));
  const shown = (): Role[] => {
    const ids = order();
    if (!ids) return roles();
    const known = new Map(roles().map((role) => [role.id, role]));
    return ids.flatMap((id) => known.get(id) ?? []);
  };
  const first = () => shown().findIndex((role) => below(role));
  // Whoever orders takes a breath first: several steps are one call.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = async () => {
    const changes = positionsFor(shown().filter((role) => below(role)));
    if (changes.length > 0) {
      try {
        const all = await api.patch<Role[]>(`/guilds/${guildId()}/roles`, changes);
        for (const role of all) putRole(guildId(), role);
      } catch (error) {
        complain(error);
      }
    }
    setOrder(null);
  };
  const sort = createSort({
    bounds: () => ({ first: Math.max(0, first()), last: shown().length - 1 }),
    onMove: (from, to) => {
      const next = moved(shown(), from, to);
      setOrder(next.map((role) => role.id));
      setSaid(`${next[to]?.name ?? ""}: ${to + 1} of ${next.length}`);
      return to;
    },
    onDrop: () => {
      clearTimeout(timer);
      timer = setTimeout(() => void save(), 600);
    },
  });
  onCleanup(() => {
    clearTimeout(timer);
    if (order()) void save();
  });
  const make = async () => {
    setBusy(true);
    const made = await attempt(api.post<Role>(`/guilds/${guildId()}/roles`, { name: "New role", permissions: "0" }));
    setBusy(false);
    if (!made) return;
    putRole(guildId(), made);
    setChosen(made.id);
  };
  const pick = (id: Id) => leave(() => setChosen(id));
  createEffect(
    on(
      () => chosen() && roleById(chosen() ?? ""),
      (known) => {
        if (chosen() && !known) setChosen(null);
      },
    ),
  );
  return (
    <Panes
      open={chosen() !== null}
      onBack={() => setChosen(null)}
      back="All roles"
      list={
        <>
          <div class="panes-head">
            <span class="set-count grow">
              {roles().length} {roles().length === 1 ? "role" : "roles"}
            </span>
            <Button small look="primary" busy={busy()} onClick={() => leave(() => void make())}>
              <Plus size={16} /> New role
            </Button>
          </div>
          <ul class="sel-list" data-sort-list aria-label="Roles, highest first">
            <For each={shown().map((role) => role.id)}>
              {(id, index) => (
                <Show when={roleById(id)}>
                  {(role) => (
                    <li class="sel-row" classList={{ dragged: sort.dragged() === index() }} data-sort={index()}>
                      <Show
                        when={below(role())}
                        fallback={
                          <span class="sel-handle" title="It stands above you.">
                            <Lock size={14} />
                          </span>
                        }
                      >
                        <button
                          type="button"
                          class="sel-handle grip"
                          aria-label={`Move ${role().name}: arrow keys`}
                          onPointerDown={(event) => sort.begin(event, index())}
                          onKeyDown={(event) => sort.onKey(event, index())}
                        >
                          <GripVertical size={16} />
                        </button>
                      </Show>
                      <button
                        type="button"
                        class="sel"
                        aria-current={chosen() === role().id ? "true" : undefined}
                        onClick={() => pick(role().id)}
                      >
                        <span class="chip-dot" style={{ background: roleColor(role()) }} />
                        <span class="grow truncate">{role().name}</span>
                        <span class="sel-count">
                          <Users size={13} /> {counts.value()?.[role().id] ?? 0}
                        </span>
                      </button>
                    </li>
                  )}
                </Show>
              )}
            </For>
            <Show when={everyone()}>
              {(role) => (
                <li class="sel-row">
                  <span class="sel-handle" />
                  <button
                    type="button"
                    class="sel"
                    aria-current={chosen() === role().id ? "true" : undefined}
                    onClick={() => pick(role().id)}
                  >
                    <span class="chip-dot" />
                    <span class="grow truncate">@everyone</span>
                    <span class="sel-count">default</span>
                  </button>
                </li>
              )}
            </Show>
          </ul>
          <p class="field-note panes-note">
            Higher roles stand above lower ones. Members have the colour of their highest one.
          </p>
          <div class="visually-hidden" aria-live="assertive">
            {said()}
          </div>
        </>
      }
    >
      <Show
        when={roleById(chosen() ?? "")?.id}
        keyed
        fallback={
          <Empty icon={Users} title="Choose a role">
            <p>Or make one: it can have a colour, permissions, and a place of its own in the member list.</p>
          </Empty>
        }
      >
        {(id) => <RoleEditor id={id} onGone={() => setChosen(null)} onCount={() => counts.again()} />}
      </Show>
    </Panes>
  );
}
