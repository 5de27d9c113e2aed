/** Invites of a guild. */
import Copy from "lucide-solid/icons/copy";
import Ticket from "lucide-solid/icons/ticket";
import Trash from "lucide-solid/icons/trash";
import UserPlus from "lucide-solid/icons/user-plus";
import { createEffect, createSignal, For, on, Show } from "solid-js";
import { firstChannel } from "~/channel/store";
import { dialog, openDialog } from "~/dialog/store";
import { copyText } from "~/message/act";
import { relative, stamp } from "~/message/time";
import { api } from "~/net/rest";
import { Avatar, Button, Confirm, Empty, IconButton } from "~/ui";
import { nameOf } from "~/user/store";
import type { Invite } from "~/wire";
import { createLoad, Loaded } from "../load";
import { Pauses } from "./Pauses";
import { Vanity } from "./Vanity";
import { guildId } from "./context";

export function Invites() {
  const invites = createLoad(() => api.get<Invite[]>(`/guilds/${guildId()}/invites`));
  const [removing, setRemoving] = createSignal<Invite | null>(null);
  // An invite that was made in the window is in the list when it closes.
  createEffect(
    on(dialog, (now, before) => {
      if (before?.kind === "invite" && !now) invites.again();
    }),
  );
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await api.delete(`/invites/${one.code}`);
    invites.change((all) => all.filter((other) => other.code !== one.code));
  };
  const make = () => openDialog({ kind: "invite", guild: guildId(), channel: firstChannel(guildId())?.id ?? "" });
  const newest = (all: Invite[]) => [...all].sort((a, b) => (b.created_at ?? "").localeCompare(a.created_at ?? ""));
  return (
    <>
      <section class="set-section">
        <div class="set-tools">
          <span class="set-count grow">Links that let people in. Whoever has one can use it.</span>
          <Button small look="primary" onClick={make}>
            <UserPlus size={16} /> Invite people
          </Button>
        </div>
        <Loaded load={invites}>
          {(all) => (
            <div class="table-scroll">
              <Show
                when={all().length > 0}
                fallback={
                  <Empty icon={Ticket} title="No invites">
                    <p>Nobody can come in until you make one.</p>
                  </Empty>
                }
              >
                <table class="table card-table">
                  <thead>
                    <tr>
                      <th scope="col">Code</th>
                      <th scope="col">Made by</th>
                      <th scope="col">Uses</th>
                      <th scope="col">Ends</th>
                      <th scope="col">
                        <span class="visually-hidden">Actions</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    <For each={newest(all())}>
                      {(one) => (
                        <tr>
                          <td>
                            <span class="mono">{one.code}</span>
                            <span class="who-sub">#{one.channel?.name}</span>
                          </td>
                          <td data-label="By">
                            <Show when={one.inviter} fallback={<span class="muted">The widget</span>}>
                              {(inviter) => (
                                <div class="who">
                                  <Avatar user={inviter()} size={26} />
                                  <span class="truncate">{nameOf(inviter())}</span>
                                </div>
                              )}
                            </Show>
                          </td>
                          <td class="num" data-label="Uses">
                            {one.uses ?? 0}
                            {one.max_uses ? ` of ${one.max_uses}` : ""}
                          </td>
                          <td class="num" data-label="Ends" title={one.expires_at ? stamp(one.expires_at) : undefined}>
                            {one.expires_at ? relative(Date.parse(one.expires_at)) : "Never"}
                          </td>
                          <td class="end">
                            <IconButton
                              label={`Copy the link of ${one.code}`}
                              onClick={() => void copyText(`${location.origin}/invite/${one.code}`, "Link copied.")}
                            >
                              <Copy size={17} />
                            </IconButton>
                            <IconButton label={`Revoke ${one.code}`} class="danger" onClick={() => setRemoving(one)}>
                              <Trash size={17} />
                            </IconButton>
                          </td>
                        </tr>
                      )}
                    </For>
                  </tbody>
                </table>
              </Show>
            </div>
          )}
        </Loaded>
        <Confirm
          open={removing() !== null}
          onClose={() => setRemoving(null)}
          title={`Revoke ${removing()?.code ?? ""}?`}
          about="The link stops working. Who came in by it stays."
          action="Revoke"
          onConfirm={remove}
        />
      </section>
      <Pauses />
      <Vanity />
    </>
  );
}
