/** Inviting people: a link to copy, and friends to send it to. */
import Check from "lucide-solid/icons/check";
import Copy from "lucide-solid/icons/copy";
import { createSignal, For, Show } from "solid-js";
import type { Asked } from "~/dialog/Dialogs";
import { channelName, channels } from "~/channel/store";
import { guilds } from "~/guild/store";
import { memberOf } from "~/member/store";
import { createLoaded } from "~/net/loaded";
import { api } from "~/net/rest";
import { relationships } from "~/relationship/store";
import { attempt, Avatar, Button, Choice, Dialog, Failed, Skeleton } from "~/ui";
import { nameOf, users } from "~/user/store";
import { type Channel, type Id, type Invite, type Message, RelationshipKind } from "~/wire";

const AGES = [
  { value: "1800", label: "30 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
  { value: "0", label: "Never" },
];
const USES = [
  { value: "0", label: "No limit" },
  ...["1", "5", "10", "25", "100"].map((value) => ({ value, label: value === "1" ? "1 person" : `${value} people` })),
];

export default function InvitePeople(props: Asked<"invite">) {
  const [age, setAge] = createSignal("604800");
  const [uses, setUses] = createSignal("0");
  const [changing, setChanging] = createSignal(false);
  const [copied, setCopied] = createSignal(false);
  const [sent, setSent] = createSignal<ReadonlySet<Id>>(new Set());
  const invite = createLoaded(
    () => ({ age: Number(age()), uses: Number(uses()) }),
    (asked) => api.post<Invite>(`/channels/${props.asked.channel}/invites`, { max_age: asked.age, max_uses: asked.uses }),
  );
  const link = () => {
    const made = invite.value();
    return made ? `${location.origin}/invite/${made.code}` : "";
  };
  const copy = async () => {
    await attempt(navigator.clipboard.writeText(link()));
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  const friends = () =>
    Object.values(relationships).flatMap((one) => {
      const user = one?.type === RelationshipKind.Friend ? users[one.id] : undefined;
      return user && !memberOf(props.asked.guild, user.id) ? [user] : [];
    });
  const sendTo = async (user: Id) => {
    const channel = await attempt(api.post<Channel>("/users/@me/channels", { recipient_id: user }));
    if (!channel) return;
    const message = await attempt(api.post<Message>(`/channels/${channel.id}/messages`, { content: link() }));
    if (message) setSent(new Set([...sent(), user]));
  };
  const channel = () => channels[props.asked.channel];
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`Invite people to ${guilds[props.asked.guild]?.name ?? "the guild"}`}
      about={<Show when={channel()}>{(known) => <>They land in #{channelName(known())}.</>}</Show>}
    >
      <Show when={!invite.error()} fallback={<Failed error={invite.error()} onRetry={invite.again} />}>
        <div class="copy-line">
          <Show when={link()} fallback={<Skeleton height="20px" />}>
            <input class="copy-text" readonly value={link()} aria-label="Invite link" onFocus={(event) => event.currentTarget.select()} />
          </Show>
          <Button look={copied() ? "good" : "primary"} small disabled={!link()} onClick={copy}>
            {copied() ? <Check size={15} /> : <Copy size={15} />} {copied() ? "Copied" : "Copy"}
          </Button>
        </div>
        <Show
          when={changing()}
          fallback={
            <p class="field-note">
              The link works {age() === "0" ? "for ever" : `for ${AGES.find((one) => one.value === age())?.label ?? ""}`}
              {uses() === "0" ? "" : `, for ${USES.find((one) => one.value === uses())?.label ?? ""}`}.{" "}
              <button type="button" class="link" onClick={() => setChanging(true)}>
                Change
              </button>
            </p>
          }
        >
          <div class="row fields">
            <Choice label="Works for" value={age()} onChange={setAge} options={AGES} />
            <Choice label="For how many" value={uses()} onChange={setUses} options={USES} />
          </div>
        </Show>
        <Show when={friends().length > 0}>
          <div>
            <h3 class="field-label">Friends who are not here yet</h3>
            <ul class="pick-list">
              <For each={friends()}>
                {(user) => (
                  <li class="pick">
                    <Avatar user={user} size={32} />
                    <span class="grow truncate">{nameOf(user)}</span>
                    <Button small disabled={!link() || sent().has(user.id)} onClick={() => sendTo(user.id)}>
                      {sent().has(user.id) ? "Sent" : "Send"}
                    </Button>
                  </li>
                )}
              </For>
            </ul>
          </div>
        </Show>
      </Show>
    </Dialog>
  );
}
