/** Who has a role. */
import UserPlus from "lucide-solid/icons/user-plus";
import Users from "lucide-solid/icons/users";
import X from "lucide-solid/icons/x";
import { createMemo, createSignal, For, Show } from "solid-js";
import { memberOf, putMember } from "~/member/store";
import { api } from "~/net/rest";
import { attempt, Avatar, Button, Dialog, Empty, IconButton } from "~/ui";
import type { Id, Role } from "~/wire";
import { createLoad, Loaded } from "../load";
import { SearchBox } from "../parts";
import { guildId } from "./context";
import { type Face, facesOf, fetchMembers, matches } from "./people";

/** More are found by searching. */
const SHOWN = 100;

export async function giveRole(user: Id, role: Id, give: boolean): Promise<boolean> {
  const path = `/guilds/${guildId()}/members/${user}/roles/${role}`;
  const done = await attempt((give ? api.put(path) : api.delete(path)).then(() => true));
  const known = memberOf(guildId(), user);
  if (!done || !known) return false;
  const roles = known.roles.filter((one) => one !== role);
  putMember(guildId(), user, { ...known, roles: give ? [...roles, role] : roles });
  return true;
}

export function RoleMembers(props: { role: Role; locked: boolean; onCount: () => void }) {
  const load = createLoad(() => fetchMembers(guildId()));
  const [query, setQuery] = createSignal("");
  const [adding, setAdding] = createSignal(false);
  const all = createMemo(() => facesOf(guildId()));
  const holders = createMemo(() =>
    all().filter((face) => face.roles.includes(props.role.id) && matches(face, query())),
  );
  const change = async (face: Face, give: boolean) => {
    if (await giveRole(face.user.id, props.role.id, give)) props.onCount();
  };
  return (
    <Loaded load={load}>
      {() => (
        <>
          <div class="set-tools">
            <SearchBox label="Search members of this role" value={query()} onChange={setQuery} />
            <span class="grow" />
            <Show when={!props.locked}>
              <Button small look="primary" onClick={() => setAdding(true)}>
                <UserPlus size={16} /> Add members
              </Button>
            </Show>
          </div>
          <div class="set-card flush">
            <For
              each={holders().slice(0, SHOWN)}
              fallback={
                <Empty icon={Users} title={query() ? "Nobody of that name" : "Nobody has it"}>
                  <p>{query() ? "Try another name." : "Add members to give them its colour and permissions."}</p>
                </Empty>
              }
            >
              {(face) => (
                <div class="set-row who">
                  <Avatar user={face.user} size={34} />
                  <span class="grow">
                    <span class="who-name truncate">{face.name}</span>
                    <span class="who-sub">@{face.user.username}</span>
                  </span>
                  <Show when={!props.locked}>
                    <IconButton label={`Take it from ${face.name}`} onClick={() => void change(face, false)}>
                      <X size={18} />
                    </IconButton>
                  </Show>
                </div>
              )}
            </For>
          </div>
          <Show when={adding()}>
            <AddMembers
              role={props.role}
              all={all().filter((face) => !face.roles.includes(props.role.id))}
              onAdd={(face) => change(face, true)}
              onClose={() => setAdding(false)}
            />
          </Show>
        </>
      )}
    </Loaded>
  );
}

function AddMembers(props: { role: Role; all: Face[]; onAdd: (face: Face) => Promise<void>; onClose: () => void }) {
  const [query, setQuery] = createSignal("");
  const [busy, setBusy] = createSignal<Id | null>(null);
  const add = async (face: Face) => {
    setBusy(face.user.id);
    await props.onAdd(face);
    setBusy(null);
  };
  return (
    <Dialog open onClose={props.onClose} title={`Give ${props.role.name}`}>
      <SearchBox label="Search members" value={query()} onChange={setQuery} wide />
      <div class="sel-people">
        <For
          each={props.all.filter((face) => matches(face, query())).slice(0, 50)}
          fallback={<Empty icon={Users} title="Nobody left" />}
        >
          {(face) => (
            <div class="who sel-person">
              <Avatar user={face.user} size={32} />
              <span class="grow truncate">
                {face.name} <span class="muted small">@{face.user.username}</span>
              </span>
              <Button small busy={busy() === face.user.id} onClick={() => void add(face)}>
                Add<span class="visually-hidden"> {face.name}</span>
              </Button>
            </div>
          )}
        </For>
      </div>
    </Dialog>
  );
}
