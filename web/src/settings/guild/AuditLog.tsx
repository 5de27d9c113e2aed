/** Who did what in the guild. */
import Scroll from "lucide-solid/icons/scroll-text";
import { createMemo, createSignal, Show } from "solid-js";
import { channels } from "~/channel/store";
import { eventsOf } from "~/event/store";
import { api } from "~/net/rest";
import { timeOf } from "~/net/snowflake";
import { Avatar, Button, Choice } from "~/ui";
import { learnUser, nameOf, users } from "~/user/store";
import type { AuditLog as Log, AuditLogEntry, Id } from "~/wire";
import { createLog, LogEntry, type LogPage, LogView } from "../LogEntry";
import { actionOf, ACTIONS, differencesOf, nameIn, type Target } from "./audit";
import { guild, guildId } from "./context";
import { facesOf } from "./people";
import { roleById } from "./rank";

const PAGE = 50;

async function fetchPage(filter: { user: string; action: string }, before?: Id): Promise<LogPage<AuditLogEntry>> {
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
  const role = roleById(id);
  if (role) return role.name;
  const event = eventsOf(guildId()).find((one) => one.id === id);
  return event?.name ?? guild()?.stickers?.find((one) => one.id === id)?.name;
}

/** Of these an id says at least which; of others it says nothing. */
const TELLING: readonly Target[] = ["user", "channel", "role", "thread", "message"];


export function AuditLog() {
  const [user, setUser] = createSignal("");
  const [action, setAction] = createSignal("");
  const filter = () => ({ user: user(), action: action() });
  const log = createLog((before) => fetchPage(filter(), before), filter);
  const people = createMemo(() => facesOf(guildId()).slice(0, 500));
  const filtered = () => Boolean(user() || action());
  return (
    <LogView
      log={log}
      icon={Scroll}
      empty="Nothing here"
      about={filtered() ? "Nothing of that kind was done." : "What moderators do is written down here."}
      tools={() => (
        <>
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
          <Show when={filtered()}>
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
        </>
      )}
    >
      {(entry) => <Entry entry={entry} />}
    </LogView>
  );
}

function Entry(props: { entry: AuditLogEntry }) {
  const what = () => actionOf(props.entry.action_type);
  const actor = () => (props.entry.user_id ? users[props.entry.user_id] : undefined);
  const target = () => {
    const kind = what().target;
    if (kind === "none" || kind === "guild" || kind === "command") return undefined;
    const id = props.entry.target_id;
    return (id ? named(id) : undefined) ?? nameIn(props.entry) ?? ((TELLING.includes(kind) && id) || undefined);
  };
  const extra = () => {
    const { channel_id, count, members_removed, delete_member_days, role_name, type, id } = props.entry.options ?? {};
    const rule = props.entry.options?.auto_moderation_rule_name;
    return [
      rule && `by the rule “${rule}”`,
      channel_id && `in ${named(channel_id) ?? "a channel"}`,
      role_name && `for ${role_name}`,
      !role_name && type === "1" && id && `for ${named(id) ?? "a member"}`,
      count && `${count} ${count === "1" ? "time" : "times"}`,
      members_removed && `${members_removed} gone, not seen for ${delete_member_days} days`,
    ].filter(Boolean);
  };
  return (
    <LogEntry
      tone={what().tone}
      at={timeOf(props.entry.id)}
      face={
        <Show when={actor()} fallback={<span class="log-nobody" />}>
          {(known) => <Avatar user={known()} size={28} />}
        </Show>
      }
      actor={nameOf(actor() ?? { username: "Somebody", global_name: null })}
      did={what().did}
      target={target()}
      extra={extra().join(" ")}
      reason={props.entry.reason}
      differences={differencesOf(props.entry, named)}
    />
  );
}
