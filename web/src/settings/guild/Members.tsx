/** Members: who they are, what roles they have, and what is to be done with them. */
import Broom from "lucide-solid/icons/brush-cleaning";
import Clock from "lucide-solid/icons/clock";
import Ellipsis from "lucide-solid/icons/ellipsis";
import Crown from "lucide-solid/icons/crown";
import Pencil from "lucide-solid/icons/pencil";
import Alert from "lucide-solid/icons/triangle-alert";
import Users from "lucide-solid/icons/users";
import { createMemo, createSignal, For, Show } from "solid-js";
import { Permission } from "~/guild/permissions";
import { entriesOfMember, outranks } from "~/member/menu";
import { memberOf, putMember } from "~/member/store";
import { relative, stamp } from "~/message/time";
import { api } from "~/net/rest";
import { timeOf } from "~/net/snowflake";
import { attempt, Avatar, Button, Choice, Empty, Field, Menu, type MenuEntry } from "~/ui";
import { myId } from "~/user/store";
import type { Member } from "~/wire";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { SearchBox } from "../parts";
import { guild, guildId, may } from "./context";
import { MemberRoles } from "./MemberRoles";
import { type Face, facesOf, fetchMembers, matches } from "./people";
import { Prune } from "./Prune";
import { roles } from "./rank";
import { Warnings } from "./Warnings";

const PAGE = 50;

type Order = "name" | "joined" | "account";

export function Members() {
  const load = createLoad(() => fetchMembers(guildId()));
  const [query, setQuery] = createSignal("");
  const [role, setRole] = createSignal("");
  const [order, setOrder] = createSignal<Order>("name");
  const [shown, setShown] = createSignal(PAGE);
  const [pruning, setPruning] = createSignal(false);
  const [naming, setNaming] = createSignal<Face | null>(null);
  const [warned, setWarned] = createSignal<Face | null>(null);
  const found = createMemo(() => {
    const list = facesOf(guildId()).filter(
      (face) => matches(face, query()) && (!role() || face.roles.includes(role())),
    );
    if (order() === "joined") list.sort((a, b) => b.joined.localeCompare(a.joined));
    if (order() === "account") list.sort((a, b) => timeOf(b.user.id) - timeOf(a.user.id));
    return list;
  });
  // Rows are kept by who they are about: what is open in one stays open while the member changes.
  const byId = createMemo(() => new Map(found().map((face) => [face.user.id, face])));
  const ids = createMemo(() =>
    found()
      .slice(0, shown())
      .map((face) => face.user.id),
  );
  return (
    <Loaded load={load} rows={8}>
      {() => (
        <section class="set-section">
          <div class="set-tools">
            <SearchBox label="Search members" value={query()} onChange={setQuery} />
            <Choice
              label="Role"
              hideLabel
              value={role()}
              onChange={setRole}
              options={[
                { value: "", label: "All roles" },
                ...roles().map((one) => ({ value: one.id, label: one.name })),
              ]}
            />
            <Choice
              label="Order"
              hideLabel
              value={order()}
              onChange={(value) => setOrder(value as Order)}
              options={[
                { value: "name", label: "By name" },
                { value: "joined", label: "Newest members" },
                { value: "account", label: "Newest accounts" },
              ]}
            />
            <span class="grow" />
            <span class="set-count" aria-live="polite">
              {found().length} of {guild()?.member_count}
            </span>
            <Show when={may(Permission.KickMembers) && may(Permission.ManageGuild)}>
              <Button small onClick={() => setPruning(true)}>
                <Broom size={16} /> Prune
              </Button>
            </Show>
          </div>
          <div class="table-scroll">
            <table class="table member-table">
              <thead>
                <tr>
                  <th scope="col">Member</th>
                  <th scope="col">Joined</th>
                  <th scope="col">Account made</th>
                  <th scope="col">Roles</th>
                  <th scope="col">
                    <span class="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                <For each={ids()}>
                  {(id) => (
                    <Show when={byId().get(id)}>
                      {(face) => (
                        <Row face={face()} onName={() => setNaming(face())} onWarn={() => setWarned(face())} />
                      )}
                    </Show>
                  )}
                </For>
              </tbody>
            </table>
            <Show when={found().length === 0}>
              <Empty icon={Users} title="Nobody like that">
                <p>Try another name or role.</p>
              </Empty>
            </Show>
          </div>
          <Show when={found().length > shown()}>
            <Button onClick={() => setShown((count) => count + PAGE)}>Show more</Button>
          </Show>
          <Show when={pruning()}>
            <Prune onClose={() => setPruning(false)} />
          </Show>
          <Show when={naming()}>{(face) => <Nickname face={face()} onClose={() => setNaming(null)} />}</Show>
          <Show when={warned()}>{(face) => <Warnings face={face()} onClose={() => setWarned(null)} />}</Show>
        </section>
      )}
    </Loaded>
  );
}

function Row(props: { face: Face; onName: () => void; onWarn: () => void }) {
  const id = () => props.face.user.id;
  const mayName = () =>
    id() === myId()
      ? may(Permission.ChangeNickname) || may(Permission.ManageNicknames)
      : may(Permission.ManageNicknames) && outranks(guildId(), id());
  const endTimeout = async () => {
    const next = await attempt(
      api.patch<Member>(`/guilds/${guildId()}/members/${id()}`, { communication_disabled_until: null }),
      "They may write again.",
    );
    if (next) putMember(guildId(), id(), next);
  };
  const entries = (): MenuEntry[] => [
    mayName() && { label: "Change nickname", icon: Pencil, act: props.onName },
    props.face.until !== null &&
      may(Permission.ModerateMembers) &&
      outranks(guildId(), id()) && { label: "End the time-out", icon: Clock, act: () => void endTimeout() },
    may(Permission.ModerateMembers) &&
      !props.face.user.bot &&
      outranks(guildId(), id()) && { label: "Warnings", icon: Alert, act: props.onWarn },
    mayName() && "line",
    ...entriesOfMember(id(), guildId()),
  ];
  return (
    <tr>
      <td>
        <div class="who">
          <Avatar user={props.face.user} size={36} />
          <div class="grow">
            <span class="who-name">
              {props.face.name}{" "}
              <Show when={guild()?.owner_id === id()}>
                <span class="crown" title="Owner">
                  <Crown size={14} />
                  <span class="visually-hidden">Owner</span>
                </span>
              </Show>
              <Show when={props.face.user.bot}>
                <span class="tag">Bot</span>
              </Show>
              <Show when={props.face.until}>
                {(until) => (
                  <span class="chip chip-warn" title={`Until ${stamp(until())}`}>
                    Timed out, ends {relative(Date.parse(until()))}
                  </span>
                )}
              </Show>
            </span>
            <span class="who-sub">@{props.face.user.username}</span>
          </div>
        </div>
      </td>
      <td class="num" title={stamp(props.face.joined)}>
        {relative(Date.parse(props.face.joined))}
      </td>
      <td class="num member-made" title={stamp(timeOf(id()))}>
        {relative(timeOf(id()))}
      </td>
      <td>
        <MemberRoles face={props.face} />
      </td>
      <td class="end">
        <Menu
          label={`Actions for ${props.face.name}`}
          placement="bottom-end"
          trigger={<Ellipsis size={18} />}
          entries={entries()}
        />
      </td>
    </tr>
  );
}

function Nickname(props: { face: Face; onClose: () => void }) {
  const [nick, setNick] = createSignal(memberOf(guildId(), props.face.user.id)?.nick ?? "");
  const save = async () => {
    const who = props.face.user.id === myId() ? "@me" : props.face.user.id;
    const next = await api.patch<Member>(`/guilds/${guildId()}/members/${who}`, { nick: nick().trim() || null });
    putMember(guildId(), props.face.user.id, next);
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title="Change nickname"
      about="What somebody is called in this guild."
      action="Save"
      fields={["nick"]}
      onSubmit={save}
    >
      {(errors) => (
        <Field
          label="Nickname"
          value={nick()}
          onChange={setNick}
          maxLength={32}
          placeholder={props.face.user.global_name ?? props.face.user.username}
          autofocus
          error={errors().nick}
        />
      )}
    </FormDialog>
  );
}
