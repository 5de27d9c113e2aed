/** Who did what in the guild. */
import ChevronRight from "lucide-solid/icons/chevron-right";
import Pencil from "lucide-solid/icons/pencil";
import Plus from "lucide-solid/icons/plus";
import Scroll from "lucide-solid/icons/scroll-text";
import Trash from "lucide-solid/icons/trash";
import { createMemo, createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { channels } from "~/channel/store";
import { stamp } from "~/message/time";
import { api } from "~/net/rest";
import { timeOf } from "~/net/snowflake";
import { attempt, Avatar, Button, Choice, Empty } from "~/ui";
import { learnUser, nameOf, users } from "~/user/store";
import type { AuditLog as Log, AuditLogEntry, Id } from "~/wire";
import { createLoad, Loaded } from "../load";
import { actionOf, ACTIONS, differencesOf, nameIn, type Tone } from "./audit";
import { guild, guildId } from "./context";
import { facesOf } from "./people";
import { roleById } from "./rank";

const PAGE = 50;
const ICONS: Record<Tone, typeof Plus> = { make: Plus, change: Pencil, remove: Trash };

interface Page {
  entries: AuditLogEntry[];
  more: boolean;
}

async function fetchPage(filter: { user: string; action: string }, before?: Id): Promise<Page> {
  const log = await api.get<Log>(`/guilds/${guildId()}/audit-logs`, {
    limit: PAGE,
    user_id: filter.user,
    action_type: filter.action,
    before,
  });
  for (const user of log.users) learnUser(user);
  return { entries: log.audit_log_entries, more: log.audit_log_entries.length === PAGE };
}

/** What an id stands for, as far as it is known. */
function named(id: Id): string | undefined {
  const user = users[id];
  if (user) return nameOf(user);
  const channel = channels[id];
  if (channel) return `#${channel.name ?? ""}`;
  if (id === guildId()) return guild()?.name;
  return roleById(id)?.name;
}

export function AuditLog() {
  const [user, setUser] = createSignal("");
  const [action, setAction] = createSignal("");
  const [older, setOlder] = createSignal(false);
  const filter = () => ({ user: user(), action: action() });
  const log = createLoad(() => fetchPage(filter()), filter);
  const people = createMemo(() => facesOf(guildId()).slice(0, 500));
  const more = async () => {
    setOlder(true);
    const next = await attempt(fetchPage(filter(), log.value()?.entries.at(-1)?.id));
    if (next) log.change((all) => ({ entries: [...all.entries, ...next.entries], more: next.more }));
    setOlder(false);
  };
  return (
    <section class="set-section">
      <div class="set-tools">
        <Choice
          label="Who"
          hideLabel
          value={user()}
          onChange={setUser}
          options={[
            { value: "", label: "Everybody" },
            ...people().map((face) => ({ value: face.user.id, label: face.name })),
          ]}
        />
        <Choice
          label="What"
          hideLabel
          value={action()}
          onChange={setAction}
          options={[
            { value: "", label: "All actions" },
            ...ACTIONS.map((one) => ({ value: String(one.type), label: one.name })),
          ]}
        />
        <Show when={user() || action()}>
          <Button
            small
            look="ghost"
            onClick={() => {
              setUser("");
              setAction("");
            }}
          >
            Show all
          </Button>
        </Show>
      </div>
      <Loaded load={log} rows={8}>
        {(page) => (
          <>
            <div class="set-card flush" aria-busy={log.loading()} classList={{ dimmed: log.loading() }}>
              <For
                each={page().entries}
                fallback={
                  <Empty icon={Scroll} title="Nothing here">
                    <p>
                      {user() || action()
                        ? "Nothing of that kind was done."
                        : "What moderators do is written down here."}
                    </p>
                  </Empty>
                }
              >
                {(entry) => <Entry entry={entry} />}
              </For>
            </div>
            <Show when={page().more}>
              <Button busy={older()} onClick={() => void more()}>
                Show older
              </Button>
            </Show>
          </>
        )}
      </Loaded>
    </section>
  );
}

function Entry(props: { entry: AuditLogEntry }) {
  const what = () => actionOf(props.entry.action_type);
  const actor = () => (props.entry.user_id ? users[props.entry.user_id] : undefined);
  const differences = () => differencesOf(props.entry, named);
  const options = () => props.entry.options ?? {};
  const target = () => {
    const kind = what().target;
    if (kind === "none" || kind === "guild" || kind === "command") return undefined;
    const id = props.entry.target_id;
    return (id ? named(id) : undefined) ?? nameIn(props.entry) ?? (kind === "invite" ? undefined : (id ?? undefined));
  };
  const extra = () => {
    const { channel_id, count, members_removed, delete_member_days, role_name } = options();
    return [
      channel_id && `in ${named(channel_id) ?? "a channel"}`,
      role_name && `for ${role_name}`,
      !role_name && options().type === "1" && options().id && `for ${named(options().id ?? "") ?? "a member"}`,
      count && `${count} ${count === "1" ? "time" : "times"}`,
      members_removed && `${members_removed} gone, not seen for ${delete_member_days} days`,
    ].filter(Boolean);
  };
  const details = () => differences().length > 0 || Boolean(props.entry.reason);
  const line = () => (
    <>
      <span class={`log-icon log-${what().tone}`}>
        <Dynamic component={ICONS[what().tone]} size={15} />
      </span>
      <Show when={actor()} fallback={<span class="log-nobody" />}>
        {(user) => <Avatar user={user()} size={28} />}
      </Show>
      <span class="grow log-text">
        <strong>{actor() ? nameOf(actor() as never) : "Somebody"}</strong> {what().did}{" "}
        <Show when={target()}>{(name) => <strong>{name()}</strong>}</Show> {extra().join(" ")}
        <span class="who-sub">{stamp(timeOf(props.entry.id))}</span>
      </span>
    </>
  );
  return (
    <Show when={details()} fallback={<div class="set-row log-line">{line()}</div>}>
      <details class="log-entry">
        <summary class="set-row log-line">
          {line()}
          <ChevronRight size={18} class="log-arrow" />
        </summary>
        <div class="log-details">
          <Show when={props.entry.reason}>
            <p>
              <span class="muted">Reason:</span> {props.entry.reason}
            </p>
          </Show>
          <For each={differences()}>
            {(one) => (
              <p>
                <span class="muted">{one.key}:</span>{" "}
                <Show when={one.before !== null}>
                  <del>{one.before}</del>{" "}
                </Show>
                <Show when={one.after !== null}>
                  <ins>{one.after}</ins>
                </Show>
              </p>
            )}
          </For>
        </div>
      </details>
    </Show>
  );
}
