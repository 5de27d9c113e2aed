/** Who may do what in a channel, where it differs from the guild. */
import Check from "lucide-solid/icons/check";
import Minus from "lucide-solid/icons/minus";
import X from "lucide-solid/icons/x";
import { createMemo, createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { Permission } from "~/guild/permissions";
import { roleOf, rolesByRank } from "~/guild/store";
import { displayName, members, roleColor } from "~/member/store";
import { api } from "~/net/rest";
import { attempt, Button, Choice } from "~/ui";
import { users } from "~/user/store";
import { type Channel, type Id, isVoice, type Overwrite } from "~/wire";

type State = "allow" | "deny" | "inherit";

const NAMES: [bigint, string, "all" | "text" | "voice"][] = [
  [Permission.ViewChannel, "See the channel", "all"],
  [Permission.ManageChannels, "Manage the channel", "all"],
  [Permission.ManageRoles, "Manage these permissions", "all"],
  [Permission.CreateInvite, "Invite people", "all"],
  [Permission.SendMessages, "Send messages", "all"],
  [Permission.SendInThreads, "Send messages in threads", "text"],
  [Permission.CreatePublicThreads, "Start threads", "text"],
  [Permission.CreatePrivateThreads, "Start private threads", "text"],
  [Permission.EmbedLinks, "Embed links", "all"],
  [Permission.AttachFiles, "Attach files", "all"],
  [Permission.AddReactions, "Add reactions", "all"],
  [Permission.MentionEveryone, "Mention everyone", "all"],
  [Permission.ManageMessages, "Delete others' messages", "all"],
  [Permission.PinMessages, "Pin messages", "all"],
  [Permission.ManageThreads, "Manage threads", "text"],
  [Permission.ReadMessageHistory, "Read older messages", "all"],
  [Permission.UseCommands, "Use commands", "all"],
  [Permission.ManageWebhooks, "Manage webhooks", "all"],
  [Permission.Connect, "Join the voice", "voice"],
  [Permission.Speak, "Speak", "voice"],
];

const STATES: { state: State; icon: typeof Check; label: string }[] = [
  { state: "deny", icon: X, label: "No" },
  { state: "inherit", icon: Minus, label: "As in the guild" },
  { state: "allow", icon: Check, label: "Yes" },
];

export function Overwrites(props: { channel: Channel }) {
  const guild = () => props.channel.guild_id ?? "";
  const [chosen, setChosen] = createSignal<Id>(guild());
  const [added, setAdded] = createSignal<readonly Overwrite[]>([]);
  const all = createMemo(() => {
    const known = props.channel.permission_overwrites ?? [];
    const everyone = known.find((one) => one.id === guild()) ?? { id: guild(), type: 0 as const, allow: "0", deny: "0" };
    const rest = known.filter((one) => one.id !== guild());
    return [everyone, ...rest, ...added().filter((one) => !rest.some((other) => other.id === one.id))];
  });
  const nameOf = (one: Overwrite): string => {
    if (one.id === guild()) return "Everyone";
    if (one.type === 0) return roleOf(guild(), one.id)?.name ?? "A role";
    const user = users[one.id];
    return user ? displayName(guild(), user) : "Somebody";
  };
  const options = () => [
    { value: "", label: "Add a role or a member…" },
    ...rolesByRank(guild())
      .filter((role) => !all().some((one) => one.id === role.id))
      .map((role) => ({ value: `0 ${role.id}`, label: `@${role.name}` })),
    ...Object.keys(members[guild()] ?? {})
      .filter((id) => users[id] && !all().some((one) => one.id === id))
      .slice(0, 200)
      .map((id) => ({ value: `1 ${id}`, label: displayName(guild(), users[id] as never) })),
  ];
  const add = (value: string) => {
    const [type, id] = value.split(" ");
    if (!id) return;
    setAdded([...added(), { id, type: type === "1" ? 1 : 0, allow: "0", deny: "0" }]);
    setChosen(id);
  };
  const current = () => all().find((one) => one.id === chosen());
  const save = (next: Overwrite) =>
    attempt(
      api.put(`/channels/${props.channel.id}/permissions/${next.id}`, { type: next.type, allow: next.allow, deny: next.deny }),
    );
  const choose = (bit: bigint, state: State) => {
    const now = current();
    if (!now) return;
    const allow = BigInt(now.allow) & ~bit;
    const deny = BigInt(now.deny) & ~bit;
    void save({
      ...now,
      allow: String(state === "allow" ? allow | bit : allow),
      deny: String(state === "deny" ? deny | bit : deny),
    });
  };
  const remove = async () => {
    const id = chosen();
    if (props.channel.permission_overwrites?.some((one) => one.id === id)) {
      await attempt(api.delete(`/channels/${props.channel.id}/permissions/${id}`));
    }
    setAdded(added().filter((one) => one.id !== id));
    setChosen(guild());
  };
  const shown = () => NAMES.filter(([, , where]) => where === "all" || (where === "voice") === isVoice(props.channel));
  return (
    <div class="overwrites">
      <div class="overwrites-who" role="listbox" aria-label="Roles and members">
        <For each={all()}>
          {(one) => (
            <button type="button" role="option" class="overwrite" aria-selected={one.id === chosen()} onClick={() => setChosen(one.id)}>
              <span class="role-dot" style={{ background: one.type === 0 ? roleColor(roleOf(guild(), one.id) ?? { color: 0 }) : "var(--accent)" }} />
              <span class="truncate">{nameOf(one)}</span>
            </button>
          )}
        </For>
        <Choice label="Add" hideLabel value="" onChange={add} options={options()} />
      </div>
      <div class="overwrites-what">
        <Show when={current()} keyed>
          {(now) => (
            <For each={shown()}>
              {([bit, name]) => {
                const state = (): State =>
                  (BigInt(now.allow) & bit) !== 0n ? "allow" : (BigInt(now.deny) & bit) !== 0n ? "deny" : "inherit";
                return (
                  <div class="overwrite-line" role="radiogroup" aria-label={name}>
                    <span class="grow">{name}</span>
                    <For each={STATES}>
                      {(one) => (
                        <button
                          type="button"
                          role="radio"
                          class={`three three-${one.state}`}
                          aria-checked={state() === one.state}
                          aria-label={one.label}
                          title={one.label}
                          onClick={() => choose(bit, one.state)}
                        >
                          <Dynamic component={one.icon} size={15} />
                        </button>
                      )}
                    </For>
                  </div>
                );
              }}
            </For>
          )}
        </Show>
        <Show when={chosen() !== guild()}>
          <Button look="danger" small onClick={() => void remove()}>
            Remove from the list
          </Button>
        </Show>
      </div>
    </div>
  );
}
