/** All guilds of the instance. */
import Castle from "lucide-solid/icons/castle";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { relative, stamp } from "~/message/time";
import { guildIcon } from "~/net/cdn";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Loaded } from "~/settings/load";
import { SearchBox } from "~/settings/parts";
import { Button, Empty, Field, IconButton, Picture, toast } from "~/ui";
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
    <section class="set-section">
      <div class="set-tools">
        <SearchBox label="Search by name" value={pages.query()} onChange={pages.setQuery} />
        <span class="grow" />
        <span class="set-count" aria-live="polite">
          {pages.total()} {pages.total() === 1 ? "guild" : "guilds"}
        </span>
      </div>
      <Loaded load={pages.load} rows={6}>
        {() => (
          <>
            <div class="table-scroll" classList={{ dimmed: pages.load.loading() }}>
              <Show
                when={pages.rows().length > 0}
                fallback={
                  <Empty icon={Castle} title="No such guild">
                    <p>Try another name.</p>
                  </Empty>
                }
              >
                <table class="table card-table">
                  <thead>
                    <tr>
                      <th scope="col">Guild</th>
                      <th scope="col">Owner</th>
                      <th scope="col">Members</th>
                      <th scope="col" class="wide-only">
                        Channels
                      </th>
                      <th scope="col" class="wide-only">
                        Since
                      </th>
                      <th scope="col">
                        <span class="visually-hidden">Actions</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    <For each={pages.rows()}>
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
                    </For>
                  </tbody>
                </table>
              </Show>
            </div>
            <Show when={pages.hasMore()}>
              <Button busy={pages.busy()} onClick={() => void pages.more()}>
                Show more
              </Button>
            </Show>
          </>
        )}
      </Loaded>
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
    </section>
  );
}
