/** All guilds of the instance. */
import Castle from "lucide-solid/icons/castle";
import Globe from "lucide-solid/icons/globe";
import GlobeOff from "lucide-solid/icons/globe-off";
import Trash from "lucide-solid/icons/trash";
import { createSignal, Show } from "solid-js";
import { relative, stamp } from "~/message/time";
import { guildIcon } from "~/net/cdn";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { attempt, Field, IconButton, Picture, toast } from "~/ui";
import { Listing } from "./Listing";
import { createPages } from "./pages";
import type { AdminGuild, AdminGuilds } from "./wire";

const PAGE = 50;

export function Guilds() {
  const [removing, setRemoving] = createSignal<AdminGuild | null>(null);
  const [name, setName] = createSignal("");
  const pages = createPages<AdminGuild>(async (query, after) => {
    const page = await own.get<AdminGuilds>("/admin/guilds", { query, after, limit: PAGE });
    return { rows: page.guilds, total: page.total };
  });
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await own.delete(`/admin/guilds/${one.id}`);
    pages.drop(one.id);
    toast(`${one.name} is gone.`, "info");
  };
  const keepOff = async (one: AdminGuild, off: boolean) => {
    const next = await attempt(own.patch<AdminGuild>(`/admin/guilds/${one.id}`, { discovery_disabled: off }));
    if (next) pages.put(next);
  };
  return (
    <>
      <Listing
        pages={pages}
        search="Search by name"
        words={["guild", "guilds"]}
        icon={Castle}
        empty={{ title: "No such guild", about: "Try another name." }}
        class="card-table"
        columns={[
          { name: "Guild" },
          { name: "Owner" },
          { name: "Members" },
          { name: "Channels", wide: true },
          { name: "Since", wide: true },
        ]}
      >
        {(one) => (
          <tr>
            <td>
              <div class="who">
                <span class="guild-face">
                  <Picture src={guildIcon(one, 44)} name={one.name} id={one.id} size={44} />
                </span>
                <div class="grow">
                  <span class="who-name">
                    {one.name}{" "}
                    <Show when={one.discoverable}>
                      <span class="chip chip-good">Public</span>
                    </Show>
                    <Show when={one.discovery_disabled}>
                      <span class="chip chip-warn">Kept off the list</span>
                    </Show>
                  </span>
                  <span class="who-sub mono">{one.id}</span>
                </div>
              </div>
            </td>
            <td data-label="Owner">@{one.owner.username}</td>
            <td class="num" data-label="Members">
              {one.members}
            </td>
            <td class="num wide-only">{one.channels}</td>
            <td class="num wide-only" title={stamp(one.created_at)}>
              {relative(Date.parse(one.created_at))}
            </td>
            <td class="end">
              <Show when={one.discoverable || one.discovery_disabled}>
                <IconButton
                  label={one.discovery_disabled ? `Let ${one.name} back on the public list` : `Take ${one.name} off the public list`}
                  onClick={() => void keepOff(one, !one.discovery_disabled)}
                >
                  <Show when={one.discovery_disabled} fallback={<GlobeOff size={17} />}>
                    <Globe size={17} />
                  </Show>
                </IconButton>
              </Show>
              <IconButton
                label={`Delete ${one.name}`}
                class="danger"
                onClick={() => {
                  setName("");
                  setRemoving(one);
                }}
              >
                <Trash size={17} />
              </IconButton>
            </td>
          </tr>
        )}
      </Listing>
      <FormDialog
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title={`Delete ${removing()?.name ?? ""}?`}
        about="Its channels, messages and files go for good, for everybody. Its owner is not asked."
        action="Delete for good"
        danger
        disabled={name() !== removing()?.name}
        fields={[]}
        onSubmit={remove}
      >
        {() => <Field label={`Type ${removing()?.name ?? ""} to go on`} value={name()} onChange={setName} autofocus />}
      </FormDialog>
    </>
  );
}
