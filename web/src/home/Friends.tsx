/** Friends: who is there, all, requests, whom one blocked, and asking somebody. */
import Ban from "lucide-solid/icons/ban";
import Check from "lucide-solid/icons/check";
import Clock from "lucide-solid/icons/clock";
import MessageCircle from "lucide-solid/icons/message-circle";
import More from "lucide-solid/icons/ellipsis";
import UserPlus from "lucide-solid/icons/user-plus";
import Users from "lucide-solid/icons/users";
import X from "lucide-solid/icons/x";
import { createMemo, createSignal, For, type JSX, Match, Show, Switch } from "solid-js";
import { MenuButton } from "~/channel/Header";
import { entriesOfMember, openDirect } from "~/member/menu";
import { customStatus, statusOf } from "~/presence/store";
import { befriend, part, relationships } from "~/relationship/store";
import { attempt, Avatar, Button, Empty, IconButton, Menu, menuOn, STATUS_WORDS } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { openProfile } from "~/user/popover";
import { nameOf, users } from "~/user/store";
import { type Relationship, RelationshipKind } from "~/wire";
import { AddFriend } from "./AddFriend";
import "./home.css";

type Page = "online" | "all" | "pending" | "blocked" | "add";

const userOf = (one: Relationship) => users[one.id] ?? one.user;
const isThere = (one: Relationship): boolean => !["offline", "invisible"].includes(statusOf(one.id));

const TITLES: Record<Exclude<Page, "add">, string> = {
  online: "Online",
  all: "All friends",
  pending: "Requests",
  blocked: "Blocked",
};

export function Friends() {
  const [page, setPage] = createSignal<Page>("online");
  const [query, setQuery] = createSignal("");
  const all = createMemo(() => Object.values(relationships).filter((one): one is Relationship => Boolean(one)));
  const incoming = () => all().filter((one) => one.type === RelationshipKind.Incoming).length;
  const shown = createMemo(() => {
    const wanted = query().trim().toLowerCase();
    return all()
      .filter((one) => {
        switch (page()) {
          case "online":
            return one.type === RelationshipKind.Friend && isThere(one);
          case "all":
            return one.type === RelationshipKind.Friend;
          case "pending":
            return one.type === RelationshipKind.Incoming || one.type === RelationshipKind.Outgoing;
          case "blocked":
            return one.type === RelationshipKind.Blocked;
          default:
            return false;
        }
      })
      .filter((one) => `${userOf(one).username} ${nameOf(userOf(one))}`.toLowerCase().includes(wanted))
      .sort((a, b) => nameOf(userOf(a)).localeCompare(nameOf(userOf(b))));
  });
  const choose = (next: Page) => {
    setPage(next);
    setQuery("");
  };
  return (
    <div class="page">
      <div class="page-main">
        <header class="header friends-bar">
          <MenuButton />
          <div class="header-name">
            <Users size={20} />
            <h1>Friends</h1>
          </div>
          <Tabs
            label="Which people"
            value={page()}
            onChange={choose}
            options={[
              { value: "online", label: "Online" },
              { value: "all", label: "All" },
              { value: "pending", label: "Requests", count: incoming() },
              { value: "blocked", label: "Blocked" },
            ]}
          />
          <Button small look={page() === "add" ? "secondary" : "primary"} aria-pressed={page() === "add"} onClick={() => choose("add")}>
            <UserPlus size={15} /> Add a friend
          </Button>
        </header>
        <div class="friends">
          <Show when={page() !== "add"} fallback={<AddFriend />}>
            <Show when={shown().length > 0 || query()} fallback={<Nobody page={page()} onAdd={() => choose("add")} />}>
              <input
                class="field-input friends-search"
                type="search"
                placeholder="Search"
                aria-label="Search these people"
                value={query()}
                onInput={(event) => setQuery(event.currentTarget.value)}
              />
              <h2 class="friends-title">
                {TITLES[page() as Exclude<Page, "add">]} · {shown().length}
              </h2>
              <ul>
                <For each={shown()} fallback={<li class="pick-none">Nobody by that name.</li>}>
                  {(one) => <Row one={one} />}
                </For>
              </ul>
            </Show>
          </Show>
        </div>
      </div>
    </div>
  );
}

function Nobody(props: { page: Page; onAdd: () => void }) {
  const add = (
    <Button look="primary" onClick={() => props.onAdd()}>
      <UserPlus size={16} /> Add a friend
    </Button>
  );
  return (
    <Switch>
      <Match when={props.page === "online"}>
        <Empty icon={Users} title="Nobody is around">
          <p>When friends come online, you see them here.</p>
          {add}
        </Empty>
      </Match>
      <Match when={props.page === "all"}>
        <Empty icon={UserPlus} title="No friends yet">
          <p>Ask somebody by their username, or from their profile in a guild.</p>
          {add}
        </Empty>
      </Match>
      <Match when={props.page === "pending"}>
        <Empty icon={Clock} title="No requests">
          <p>Requests that you get or send wait here for an answer.</p>
        </Empty>
      </Match>
      <Match when={props.page === "blocked"}>
        <Empty icon={Ban} title="You blocked nobody">
          <p>People whom you block cannot write to you.</p>
        </Empty>
      </Match>
    </Switch>
  );
}

function Row(props: { one: Relationship }) {
  const user = () => userOf(props.one);
  const friend = () => props.one.type === RelationshipKind.Friend;
  const line = (): JSX.Element => {
    switch (props.one.type) {
      case RelationshipKind.Incoming:
        return "wants to be your friend";
      case RelationshipKind.Outgoing:
        return "was asked by you";
      case RelationshipKind.Blocked:
        return "blocked";
      default: {
        const custom = customStatus(props.one.id);
        return custom ? `${custom.emoji?.id ? "" : (custom.emoji?.name ?? "")} ${custom.text}`.trim() : STATUS_WORDS[statusOf(props.one.id)];
      }
    }
  };
  return (
    <li class="friend" {...menuOn(() => entriesOfMember(props.one.id, null))}>
      <button
        type="button"
        class="friend-who"
        onClick={(event) => (friend() ? void openDirect(props.one.id) : openProfile(props.one.id, null, event.currentTarget))}
      >
        <Avatar user={user()} size={38} status={friend() ? statusOf(props.one.id) : undefined} />
        <span class="grow">
          <span class="friend-name truncate">
            {nameOf(user())} <span class="friend-handle">{user().username}</span>
          </span>
          <span class="direct-sub truncate">{line()}</span>
        </span>
      </button>
      <Switch>
        <Match when={friend()}>
          <IconButton label="Message" onClick={() => void openDirect(props.one.id)}>
            <MessageCircle size={18} />
          </IconButton>
          <Menu label="More" trigger={<More size={18} />} entries={entriesOfMember(props.one.id, null)} />
        </Match>
        <Match when={props.one.type === RelationshipKind.Incoming}>
          <IconButton label="Accept" class="good" onClick={() => void attempt(befriend(props.one.id), `You and ${nameOf(user())} are friends.`)}>
            <Check size={18} />
          </IconButton>
          <IconButton label="Decline" class="danger" onClick={() => void attempt(part(props.one.id))}>
            <X size={18} />
          </IconButton>
        </Match>
        <Match when={props.one.type === RelationshipKind.Outgoing}>
          <IconButton label="Take the request back" class="danger" onClick={() => void attempt(part(props.one.id))}>
            <X size={18} />
          </IconButton>
        </Match>
        <Match when={props.one.type === RelationshipKind.Blocked}>
          <Button small onClick={() => void attempt(part(props.one.id))}>
            Unblock
          </Button>
        </Match>
      </Switch>
    </li>
  );
}
