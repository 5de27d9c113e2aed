/** Who may not come back. */
import Gavel from "lucide-solid/icons/gavel";
import UserX from "lucide-solid/icons/user-x";
import { createMemo, createSignal, For, Show } from "solid-js";
import { api } from "~/net/rest";
import { Avatar, Button, Choice, Confirm, Empty, Field } from "~/ui";
import { nameOf } from "~/user/store";
import type { Ban, Id } from "~/wire";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { SearchBox } from "../parts";
import { guildId } from "./context";

const PAGE = 1000;

async function fetchBans(guild: Id): Promise<Ban[]> {
  const all: Ban[] = [];
  for (;;) {
    const page = await api.get<Ban[]>(`/guilds/${guild}/bans`, { limit: PAGE, after: all.at(-1)?.user.id });
    all.push(...page);
    if (page.length < PAGE || all.length >= 20 * PAGE) return all;
  }
}

export function Bans() {
  const bans = createLoad(() => fetchBans(guildId()));
  const [query, setQuery] = createSignal("");
  const [lifting, setLifting] = createSignal<Ban | null>(null);
  const [banning, setBanning] = createSignal(false);
  const found = createMemo(() => {
    const wanted = query().trim().toLowerCase();
    return (bans.value() ?? []).filter(
      (one) =>
        nameOf(one.user).toLowerCase().includes(wanted) ||
        one.user.username.includes(wanted) ||
        one.user.id === wanted ||
        (one.reason ?? "").toLowerCase().includes(wanted),
    );
  });
  const lift = async () => {
    const one = lifting();
    if (!one) return;
    await api.delete(`/guilds/${guildId()}/bans/${one.user.id}`);
    bans.change((all) => all.filter((other) => other.user.id !== one.user.id));
  };
  return (
    <section class="set-section">
      <div class="set-tools">
        <SearchBox label="Search bans" value={query()} onChange={setQuery} />
        <span class="grow" />
        <Button small onClick={() => setBanning(true)}>
          <UserX size={16} /> Ban by id
        </Button>
      </div>
      <Loaded load={bans}>
        {(all) => (
          <div class="set-card flush">
            <For
              each={found().slice(0, 200)}
              fallback={
                <Empty icon={Gavel} title={all().length === 0 ? "Nobody is banned" : "Nobody like that"}>
                  <p>{all().length === 0 ? "May it stay so." : "Try another name or reason."}</p>
                </Empty>
              }
            >
              {(one) => (
                <div class="set-row who">
                  <Avatar user={one.user} size={38} />
                  <div class="grow">
                    <span class="who-name">{nameOf(one.user)}</span>
                    <span class="who-sub">
                      @{one.user.username} · {one.reason ?? "No reason given"}
                    </span>
                  </div>
                  <Button small onClick={() => setLifting(one)}>
                    Unban<span class="visually-hidden"> {nameOf(one.user)}</span>
                  </Button>
                </div>
              )}
            </For>
          </div>
        )}
      </Loaded>
      <Confirm
        open={lifting() !== null}
        onClose={() => setLifting(null)}
        title={`Unban ${lifting() ? nameOf((lifting() as Ban).user) : ""}?`}
        about="They can come back with an invite."
        action="Unban"
        safe
        onConfirm={lift}
      />
      <Show when={banning()}>
        <BanById onClose={() => setBanning(false)} onDone={() => bans.again()} />
      </Show>
    </section>
  );
}

function BanById(props: { onClose: () => void; onDone: () => void }) {
  const [id, setId] = createSignal("");
  const [reason, setReason] = createSignal("");
  const [seconds, setSeconds] = createSignal("0");
  const ban = async () => {
    const call = reason().trim() ? { reason: reason().trim() } : {};
    await api.put(`/guilds/${guildId()}/bans/${id().trim()}`, { delete_message_seconds: Number(seconds()) }, call);
    props.onDone();
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title="Ban somebody by their id"
      about="Also works for those who are not members, or have left."
      action="Ban"
      danger
      disabled={!/^\d{15,20}$/.test(id().trim())}
      fields={["delete_message_seconds"]}
      onSubmit={ban}
    >
      {() => (
        <>
          <Field
            label="Id"
            value={id()}
            onChange={setId}
            inputMode="numeric"
            autofocus
            required
            error={id() && !/^\d{15,20}$/.test(id().trim()) ? "An id is a number of 15 to 20 digits." : undefined}
          />
          <Choice
            label="Delete their messages"
            value={seconds()}
            onChange={setSeconds}
            options={[
              { value: "0", label: "Nothing" },
              { value: "3600", label: "The last hour" },
              { value: "86400", label: "The last day" },
              { value: "604800", label: "The last 7 days" },
            ]}
          />
          <Field label="Reason" value={reason()} onChange={setReason} maxLength={512} note="Kept in the audit log." />
        </>
      )}
    </FormDialog>
  );
}
