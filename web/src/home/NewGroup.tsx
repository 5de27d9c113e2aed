/** A group of friends: a new one, or more people for one that is there. */
import Check from "lucide-solid/icons/check";
import { createSignal, For, Show } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import { channels, putChannel } from "~/channel/store";
import type { Asked } from "~/dialog/Dialogs";
import { api } from "~/net/rest";
import { relationships } from "~/relationship/store";
import { Avatar, Button, Dialog, Field } from "~/ui";
import { nameOf, users } from "~/user/store";
import { type Channel, type Id, RelationshipKind } from "~/wire";

/** How many are in a group at most, with oneself. */
const MOST = 10;

export default function NewGroup(props: Asked<"new-group">) {
  const [chosen, setChosen] = createSignal<readonly Id[]>([]);
  const [query, setQuery] = createSignal("");
  const there = () => channels[props.asked.channel ?? ""]?.recipients?.map((one) => one.id) ?? [];
  const left = () => MOST - 1 - there().length - chosen().length;
  const friends = () =>
    Object.values(relationships)
      .flatMap((one) => (one?.type === RelationshipKind.Friend ? (users[one.id] ?? []) : []))
      .filter((user) => !there().includes(user.id))
      .filter((user) => `${user.username} ${user.global_name ?? ""}`.toLowerCase().includes(query().trim().toLowerCase()))
      .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  const toggle = (id: Id) =>
    setChosen((all) => (all.includes(id) ? all.filter((one) => one !== id) : left() > 0 ? [...all, id] : all));
  const form = createForm(async () => {
    if (props.asked.channel) {
      for (const id of chosen()) await api.put(`/channels/${props.asked.channel}/recipients/${id}`, {});
      return props.onClose();
    }
    const ids = chosen();
    const channel = await api.post<Channel>(
      "/users/@me/channels",
      ids.length === 1 ? { recipient_id: ids[0] } : { recipients: ids },
    );
    putChannel(channel);
    props.onClose();
    navigate(channelPath(null, channel.id));
  });
  const action = () => (props.asked.channel ? "Add" : chosen().length > 1 ? "Start a group" : "Start a conversation");
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.asked.channel ? "Add people" : "Whom do you want to write to?"}
      about={left() > 0 ? `You can choose ${left()} more.` : "The group is full."}
    >
      <form class="stack" onSubmit={form.submit}>
        <Problem text={form.problem()} />
        <Field label="Search friends" hideLabel placeholder="Search friends" value={query()} onChange={setQuery} autofocus />
        <ul class="pick-list">
          <For each={friends()} fallback={<li class="pick-none">{query() ? "Nobody by that name." : "You have no friends to add yet."}</li>}>
            {(user) => (
              <li>
                <button
                  type="button"
                  class="pick"
                  role="checkbox"
                  aria-checked={chosen().includes(user.id)}
                  disabled={left() <= 0 && !chosen().includes(user.id)}
                  onClick={() => toggle(user.id)}
                >
                  <Avatar user={user} size={32} />
                  <span class="grow truncate">
                    {nameOf(user)} <span class="muted small">{user.username}</span>
                  </span>
                  <span class="tick">
                    <Show when={chosen().includes(user.id)}>
                      <Check size={14} />
                    </Show>
                  </span>
                </button>
              </li>
            )}
          </For>
        </ul>
        <Button look="primary" wide type="submit" busy={form.busy()} disabled={chosen().length === 0}>
          {action()}
        </Button>
      </form>
    </Dialog>
  );
}
