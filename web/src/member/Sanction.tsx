/** Sending somebody away, for a while or for good. */
import { createEffect, createSignal, on, Show } from "solid-js";
import { api } from "~/net/rest";
import { Choice, Confirm, Field } from "~/ui";
import { users } from "~/user/store";
import { type Sanction, sanction, setSanction } from "./menu";
import { displayName } from "./store";

const TIMES = [
  { value: "300", label: "5 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "1 week" },
  { value: "2419200", label: "28 days" },
];
const DELETES = [
  { value: "0", label: "Nothing" },
  { value: "3600", label: "The last hour" },
  { value: "86400", label: "The last day" },
  { value: "604800", label: "The last 7 days" },
];
const WORDS = { kick: "Kick", ban: "Ban", timeout: "Time out" };

export function SanctionDialog() {
  const [reason, setReason] = createSignal("");
  const [time, setTime] = createSignal("3600");
  const [deleted, setDeleted] = createSignal("0");
  createEffect(on(sanction, () => setReason("")));
  const name = (now: Sanction) => {
    const user = users[now.user];
    return user ? displayName(now.guild, user) : "this person";
  };
  const act = (now: Sanction) => {
    const call = reason().trim() ? { reason: reason().trim() } : {};
    const member = `/guilds/${now.guild}/members/${now.user}`;
    switch (now.kind) {
      case "kick":
        return api.delete(member, call);
      case "ban":
        return api.put(`/guilds/${now.guild}/bans/${now.user}`, { delete_message_seconds: Number(deleted()) }, call);
      case "timeout": {
        const until = new Date(Date.now() + Number(time()) * 1000).toISOString();
        return api.patch(member, { communication_disabled_until: until }, call);
      }
    }
  };
  return (
    <Show when={sanction()}>
      {(now) => (
        <Confirm
          open
          onClose={() => setSanction(null)}
          title={`${WORDS[now().kind]} ${name(now())}?`}
          about={now().kind === "ban" ? "They cannot come back until they are unbanned." : "They are told nothing but that it happened."}
          action={WORDS[now().kind]}
          onConfirm={() => act(now())}
        >
          <Show when={now().kind === "timeout"}>
            <Choice label="For how long" value={time()} onChange={setTime} options={TIMES} />
          </Show>
          <Show when={now().kind === "ban"}>
            <Choice label="Delete their messages" value={deleted()} onChange={setDeleted} options={DELETES} />
          </Show>
          <Field label="Reason" value={reason()} onChange={setReason} maxLength={512} note="Kept in the audit log." />
        </Confirm>
      )}
    </Show>
  );
}
