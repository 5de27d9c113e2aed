/** Everybody with an account here. */
import Users from "lucide-solid/icons/users";
import { createSignal, For, Show } from "solid-js";
import { relative, stamp } from "~/message/time";
import { own } from "~/net/rest";
import { Loaded } from "~/settings/load";
import { SearchBox } from "~/settings/parts";
import { Avatar, Button, Empty } from "~/ui";
import { myId } from "~/user/store";
import type { Id } from "~/wire";
import { createPages } from "./pages";
import { PersonDialog } from "./PersonDialog";
import { rankName } from "./rank";
import type { People as Page, Person } from "./wire";

const PAGE = 50;

export const faceOf = (person: Person) => ({
  id: person.id,
  username: person.username,
  global_name: person.global_name,
  avatar: person.avatar,
});

export function People() {
  const [open, setOpen] = createSignal<Id | null>(null);
  const pages = createPages<Person>(async (query, after) => {
    const page = await own.get<Page>("/admin/users", { query, after, limit: PAGE });
    return { rows: page.users, total: page.total };
  });
  const shown = () => pages.rows().find((one) => one.id === open());
  return (
    <section class="set-section">
      <div class="set-tools">
        <SearchBox label="Search by name or email" value={pages.query()} onChange={pages.setQuery} />
        <span class="grow" />
        <span class="set-count" aria-live="polite">
          {pages.total()} {pages.total() === 1 ? "account" : "accounts"}
        </span>
      </div>
      <Loaded load={pages.load} rows={8}>
        {() => (
          <>
            <div class="table-scroll" classList={{ dimmed: pages.load.loading() }}>
              <Show
                when={pages.rows().length > 0}
                fallback={
                  <Empty icon={Users} title="Nobody like that">
                    <p>Try another name or email.</p>
                  </Empty>
                }
              >
                <table class="table people-table">
                  <thead>
                    <tr>
                      <th scope="col">Account</th>
                      <th scope="col">Email</th>
                      <th scope="col">Standing</th>
                      <th scope="col">Since</th>
                      <th scope="col">
                        <span class="visually-hidden">Actions</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    <For each={pages.rows()}>
                      {(person) => <Row person={person} onOpen={() => setOpen(person.id)} />}
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
      <Show when={shown()}>
        {(person) => (
          <PersonDialog
            person={person()}
            onClose={() => setOpen(null)}
            onChange={pages.put}
            onGone={(id) => {
              setOpen(null);
              pages.drop(id);
            }}
          />
        )}
      </Show>
    </section>
  );
}

export function Standing(props: { person: Person }) {
  return (
    <span class="role-chips">
      <Show when={props.person.rank !== "member"}>
        <span class="chip chip-accent">{rankName(props.person.rank)}</span>
      </Show>
      <Show when={props.person.bot}>
        <span class="chip">Bot</span>
      </Show>
      <Show when={props.person.suspended}>
        <span class="chip chip-bad" title={props.person.suspended_reason ?? undefined}>
          Suspended
          <Show when={props.person.suspended_until}>{(until) => <> until {stamp(until())}</>}</Show>
        </span>
      </Show>
      <Show when={!props.person.suspended && props.person.rank === "member" && !props.person.bot}>
        <span class="muted small wide-only">Member</span>
      </Show>
    </span>
  );
}

function Row(props: { person: Person; onOpen: () => void }) {
  return (
    <tr>
      <td>
        <div class="who">
          <Avatar user={faceOf(props.person)} size={36} />
          <div class="grow">
            <span class="who-name">
              {props.person.global_name ?? props.person.username}
              <Show when={props.person.id === myId()}>
                <span class="muted small"> (you)</span>
              </Show>
            </span>
            <span class="who-sub">@{props.person.username}</span>
          </div>
        </div>
      </td>
      <td class="people-mail">{props.person.email ?? <span class="muted">–</span>}</td>
      <td>
        <Standing person={props.person} />
      </td>
      <td class="num" title={stamp(props.person.created_at)}>
        {relative(Date.parse(props.person.created_at))}
      </td>
      <td class="end">
        <Button small onClick={() => props.onOpen()}>
          Manage<span class="visually-hidden"> {props.person.username}</span>
        </Button>
      </td>
    </tr>
  );
}
