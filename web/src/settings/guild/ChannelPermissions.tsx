/** Who may do what in a channel, where it is not what their roles say. */
import Globe from "lucide-solid/icons/users-round";
import Link from "lucide-solid/icons/link-2";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { createMemo, createSignal, For, Show } from "solid-js";
import { channels, permissionsIn, putChannel } from "~/channel/store";
import { displayName, rolesOf } from "~/member/store";
import { roleColor } from "~/member/store";
import { api } from "~/net/rest";
import { Avatar, Button, Switch } from "~/ui";
import { users } from "~/user/store";
import { type Channel, ChannelKind, type Id, isVoice, type Overwrite } from "~/wire";
import { createDraft } from "../draft";
import { Card } from "../parts";
import { OverwriteList } from "../permission/OverwriteList";
import { agree, stateOf, stepsBetween, withState } from "../permission/tristate";
import { SaveBar } from "../SaveBar";
import { AddOverwrite } from "./AddOverwrite";
import { guildId } from "./context";
import { everyone, roleById, roles } from "./rank";

const VIEW = 10;

export function ChannelPermissions(props: { channel: Channel }) {
  const [chosen, setChosen] = createSignal<Id>(guildId());
  const [adding, setAdding] = createSignal(false);
  const saved = () => props.channel.permission_overwrites ?? [];
  const draft = createDraft(
    () => ({ overwrites: saved() as Overwrite[] }),
    async (_, whole) => {
      const steps = stepsBetween(saved(), whole.overwrites);
      const path = `/channels/${props.channel.id}/permissions`;
      for (const one of steps.put)
        await api.put(`${path}/${one.id}`, { type: one.type, allow: one.allow, deny: one.deny });
      for (const id of steps.remove) await api.delete(`${path}/${id}`);
      putChannel({ ...props.channel, permission_overwrites: whole.overwrites });
    },
  );
  const list = () => draft.value("overwrites");
  const empty = (id: Id, type: 0 | 1): Overwrite => ({ id, type, allow: "0", deny: "0" });
  const of = (id: Id): Overwrite => list().find((one) => one.id === id) ?? empty(id, roleById(id) ? 0 : 1);
  const put = (next: Overwrite) => {
    const known = list().some((one) => one.id === next.id);
    draft.set("overwrites", known ? list().map((one) => (one.id === next.id ? next : one)) : [...list(), next]);
  };
  const remove = (id: Id) => {
    draft.set(
      "overwrites",
      list().filter((one) => one.id !== id),
    );
    setChosen(guildId());
  };
  // Everybody first, then roles from the highest down, then members.
  const shown = createMemo(() => {
    const rank = new Map(roles().map((role, index) => [role.id, index]));
    const rest = list().filter((one) => one.id !== guildId());
    return [
      of(guildId()),
      ...rest.filter((one) => one.type === 0).sort((a, b) => (rank.get(a.id) ?? 999) - (rank.get(b.id) ?? 999)),
      ...rest.filter((one) => one.type === 1),
    ];
  });
  const parent = () => (props.channel.parent_id ? channels[props.channel.parent_id] : undefined);
  const inStep = () => agree(list(), parent()?.permission_overwrites ?? []);
  const hidden = () => stateOf(of(guildId()), VIEW) === "deny";
  const nameOf = (one: Overwrite): string => {
    if (one.id === guildId()) return "@everyone";
    if (one.type === 0) return roleById(one.id)?.name ?? "A role that is gone";
    const user = users[one.id];
    return user ? displayName(guildId(), user) : "Somebody";
  };
  /** What roles say by themselves, for whoever the overwrite is about. */
  const base = (one: Overwrite): bigint => {
    const own = BigInt(everyone()?.permissions ?? "0");
    if (one.id === guildId()) return own;
    if (one.type === 0) return own | BigInt(roleById(one.id)?.permissions ?? "0");
    return rolesOf(guildId(), one.id).reduce((sum, role) => sum | BigInt(role.permissions), own);
  };
  const reach = () =>
    isVoice(props.channel) ? "voice" : props.channel.type === ChannelKind.Category ? "guild" : "text";
  return (
    <>
      <Card flush>
        <Switch
          label={props.channel.type === ChannelKind.Category ? "Private category" : "Private channel"}
          note="Only roles and members that you add below see it."
          checked={hidden()}
          onChange={(on) => put(withState(of(guildId()), VIEW, on ? "deny" : "inherit"))}
        />
        <Show when={parent()}>
          {(category) => (
            <div class="set-row set-line">
              <div class="grow">
                <div class="set-line-label">{inStep() ? "In step with its category" : "Not as its category says"}</div>
                <div class="field-note">
                  {inStep()
                    ? `What ${category().name} says counts here too.`
                    : `It was changed by itself, apart from ${category().name}.`}
                </div>
              </div>
              <Show when={!inStep()}>
                <Button small onClick={() => draft.set("overwrites", [...(category().permission_overwrites ?? [])])}>
                  <Link size={15} /> Bring in step
                </Button>
              </Show>
            </div>
          )}
        </Show>
      </Card>
      <div class="overs">
        <div class="overs-who">
          <div class="overs-head">
            <h3 class="perm-title grow">Roles and members</h3>
            <button
              type="button"
              class="icon-button"
              aria-label="Add a role or a member"
              onClick={() => setAdding(true)}
            >
              <Plus size={18} />
            </button>
          </div>
          <ul class="sel-list">
            <For each={shown()}>
              {(one) => (
                <li class="sel-row">
                  <button
                    type="button"
                    class="sel"
                    aria-current={chosen() === one.id ? "true" : undefined}
                    onClick={() => setChosen(one.id)}
                  >
                    <Show
                      when={one.type === 1 && users[one.id]}
                      fallback={
                        <Show when={one.id !== guildId()} fallback={<Globe size={15} />}>
                          <span class="chip-dot" style={{ background: roleColor(roleById(one.id) ?? { color: 0 }) }} />
                        </Show>
                      }
                    >
                      {(user) => <Avatar user={user()} size={20} />}
                    </Show>
                    <span class="grow truncate">{nameOf(one)}</span>
                  </button>
                </li>
              )}
            </For>
          </ul>
        </div>
        <div class="overs-what">
          <Show when={chosen()} keyed>
            {(id) => (
              <>
                <div class="overs-head">
                  <h3 class="perm-title grow truncate">{nameOf(of(id))}</h3>
                  <Show when={id !== guildId()}>
                    <Button small look="ghost" onClick={() => remove(id)}>
                      <Trash size={15} /> Remove
                    </Button>
                  </Show>
                </div>
                <OverwriteList
                  value={of(id)}
                  onChange={put}
                  reach={reach()}
                  held={permissionsIn(props.channel)}
                  base={base(of(id))}
                  everyone={id === guildId() ? undefined : of(guildId())}
                />
              </>
            )}
          </Show>
        </div>
      </div>
      <SaveBar draft={draft} />
      <Show when={adding()}>
        <AddOverwrite
          taken={new Set(list().map((one) => one.id))}
          onAdd={(id, type) => {
            // Whoever is added to a private channel is meant to see it.
            const fresh = empty(id, type);
            put(hidden() ? withState(fresh, VIEW, "allow") : fresh);
            setChosen(id);
            setAdding(false);
          }}
          onClose={() => setAdding(false)}
        />
      </Show>
    </>
  );
}
