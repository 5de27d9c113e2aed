/** All guilds of the instance. */
import Castle from "lucide-solid/icons/castle";
import Trash from "lucide-solid/icons/trash";
import { createSignal } from "solid-js";
import { relative, stamp } from "~/message/time";
import { guildIcon } from "~/net/cdn";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Field, IconButton, Picture, toast } from "~/ui";
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
                  <span class="who-name">{one.name}</span>
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
