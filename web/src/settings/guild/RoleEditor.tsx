/** One role: how it looks, what it allows, who has it. */
import Trash from "lucide-solid/icons/trash";
import { createSignal, Match, Show, Switch as Which } from "solid-js";
import { permissionsAt } from "~/channel/store";
import { dropRole, putRole } from "~/guild/store";
import { isLinked } from "~/link/rules";
import { clock } from "~/message/time";
import { readable, roleColor } from "~/member/store";
import { api } from "~/net/rest";
import { Avatar, Confirm, Field, IconButton, Switch } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { account, nameOf } from "~/user/store";
import type { Id, Role } from "~/wire";
import { ColorField } from "../ColorField";
import { createDraft, type Draft } from "../draft";
import { leave } from "../guard";
import { Card, Section } from "../parts";
import { PermissionList } from "../permission/PermissionList";
import { SaveBar } from "../SaveBar";
import { guildId } from "./context";
import { below, roleById } from "./rank";
import { RoleLinks } from "./RoleLinks";
import { RoleMembers } from "./RoleMembers";

type Saved = Pick<Role, "name" | "color" | "hoist" | "mentionable" | "permissions"> & { unicode_emoji: string };

export function RoleEditor(props: { id: Id; onGone: () => void; onCount: () => void }) {
  const [tab, setTab] = createSignal<"look" | "permissions" | "links" | "members">(
    props.id === guildId() ? "permissions" : "look",
  );
  const [removing, setRemoving] = createSignal(false);
  const role = () => roleById(props.id);
  const isEveryone = () => props.id === guildId();
  const locked = () => !role() || (!isEveryone() && !below(role() as Role));
  const draft = createDraft<Saved>(
    () => ({
      name: role()?.name ?? "",
      color: role()?.color ?? 0,
      hoist: role()?.hoist ?? false,
      mentionable: role()?.mentionable ?? false,
      permissions: role()?.permissions ?? "0",
      unicode_emoji: role()?.unicode_emoji ?? "",
    }),
    async (changes) => {
      const body: Record<string, unknown> = { ...changes };
      if (changes.unicode_emoji !== undefined) body.unicode_emoji = changes.unicode_emoji.trim() || null;
      putRole(guildId(), await api.patch<Role>(`/guilds/${guildId()}/roles/${props.id}`, body));
    },
    { check: (all) => (all.name.trim() ? {} : { name: "It needs a name." }) },
  );
  const remove = async () => {
    await api.delete(`/guilds/${guildId()}/roles/${props.id}`);
    draft.reset();
    dropRole(guildId(), props.id);
    props.onGone();
  };
  const tabs = () =>
    isEveryone()
      ? ([{ value: "permissions", label: "Permissions" }] as const)
      : ([
          { value: "look", label: "Look" },
          { value: "permissions", label: "Permissions" },
          ...(role()?.managed ? [] : [{ value: "links", label: "Links" } as const]),
          { value: "members", label: "Members" },
        ] as const);
  return (
    <Show when={role()}>
      {(known) => (
        <>
          <header class="editor-head">
            <span class="chip-dot big" style={{ background: roleColor({ color: draft.value("color") }) }} />
            <h2 class="grow truncate">{isEveryone() ? "@everyone" : draft.value("name") || known().name}</h2>
            <Show when={!isEveryone() && !known().managed && !locked()}>
              <IconButton label="Delete the role" class="danger" onClick={() => setRemoving(true)}>
                <Trash size={18} />
              </IconButton>
            </Show>
          </header>
          <Tabs label="Role" value={tab()} onChange={(next) => leave(() => setTab(next))} options={tabs()} />
          <Show when={locked()}>
            <div class="notice">This role stands above you: you can look, but not change it.</div>
          </Show>
          <Show when={known().managed}>
            <div class="notice">
              This role belongs to a bot. It cannot be given by hand, and goes when the bot goes.
            </div>
          </Show>
          <Which>
            <Match when={tab() === "look"}>
              <Look draft={draft} locked={locked()} />
            </Match>
            <Match when={tab() === "permissions"}>
              <PermissionList
                value={BigInt(draft.value("permissions"))}
                onChange={(bits) => draft.set("permissions", bits.toString())}
                held={permissionsAt(guildId())}
                saved={BigInt(known().permissions)}
                disabled={locked()}
              />
            </Match>
            <Match when={tab() === "links"}>
              <RoleLinks role={known()} locked={locked()} onCount={props.onCount} />
            </Match>
            <Match when={tab() === "members"}>
              <Show when={isLinked(known())}>
                <div class="notice">This role is given by its rules alone: see its links.</div>
              </Show>
              <RoleMembers role={known()} locked={locked() || known().managed || isLinked(known())} onCount={props.onCount} />
            </Match>
          </Which>
          <SaveBar draft={draft} />
          <Confirm
            open={removing()}
            onClose={() => setRemoving(false)}
            title={`Delete ${known().name}?`}
            about="Everybody loses it, and what channels say about it goes too."
            action="Delete the role"
            onConfirm={remove}
          />
        </>
      )}
    </Show>
  );
}

function Look(props: { draft: Draft<Saved>; locked: boolean }) {
  const named = () => {
    const color = roleColor({ color: props.draft.value("color") });
    return color && readable(color);
  };
  return (
    <>
      <Section>
        <Card>
          <Field
            label="Name"
            value={props.draft.value("name")}
            onChange={(value) => props.draft.set("name", value)}
            maxLength={100}
            required
            disabled={props.locked}
            error={props.draft.errors().name}
          />
          <ColorField
            label="Colour"
            value={props.draft.value("color")}
            onChange={(value) => props.draft.set("color", value)}
            disabled={props.locked}
            note="Names of its members have it."
          />
          <Field
            label="Emoji"
            value={props.draft.value("unicode_emoji")}
            onChange={(value) => props.draft.set("unicode_emoji", value)}
            placeholder="None"
            maxLength={16}
            disabled={props.locked}
            note="One standard emoji."
            error={props.draft.errors().unicode_emoji}
          />
        </Card>
      </Section>
      <div class="role-sample">
        {account.me && <Avatar user={account.me} size={40} />}
        <div>
          <strong style={{ color: named() }}>{account.me ? nameOf(account.me) : ""}</strong>{" "}
          <span>{props.draft.value("unicode_emoji")}</span> <span class="muted small">{clock(Date.now())}</span>
          <div>This is what it looks like.</div>
        </div>
      </div>
      <Section>
        <Card flush>
          <Switch
            label="Show apart"
            note="Its members who are online stand under its name in the member list."
            checked={props.draft.value("hoist")}
            disabled={props.locked}
            onChange={(value) => props.draft.set("hoist", value)}
          />
          <Switch
            label="Anybody may mention it"
            note="Otherwise only those who may mention everyone."
            checked={props.draft.value("mentionable")}
            disabled={props.locked}
            onChange={(value) => props.draft.set("mentionable", value)}
          />
        </Card>
      </Section>
    </>
  );
}
