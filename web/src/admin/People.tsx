/** Everybody with an account here. */
import Users from "lucide-solid/icons/users";
import Plus from "lucide-solid/icons/plus";
import { createSignal, Show } from "solid-js";
import { relative, stamp } from "~/message/time";
import { own } from "~/net/rest";
import { Avatar, Button } from "~/ui";
import { myId } from "~/user/store";
import type { Id } from "~/wire";
import { createPages } from "./pages";
import { Listing } from "./Listing";
import { NewPerson } from "./NewPerson";
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
  const [making, setMaking] = createSignal(false);
  const pages = createPages<Person>(async (query, after) => {
    const page = await own.get<Page>("/admin/users", { query, after, limit: PAGE });
    return { rows: page.users, total: page.total };
  });
  const shown = () => pages.rows().find((one) => one.id === open());
  return (
    <>
      <Listing
        pages={pages}
        search="Search by name or email"
        words={["account", "accounts"]}
        tools={
          <Button small look="primary" onClick={() => setMaking(true)}>
            <Plus size={16} /> New account
          </Button>
        }
        icon={Users}
        empty={{ title: "Nobody like that", about: "Try another name or email." }}
        class="people-table"
        columns={[{ name: "Account" }, { name: "Email" }, { name: "Standing" }, { name: "Since" }]}
      >
        {(person) => <Row person={person} onOpen={() => setOpen(person.id)} />}
      </Listing>
      <Show when={making()}>
        <NewPerson onClose={() => setMaking(false)} onMade={() => pages.load.again()} />
      </Show>
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
    </>
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
