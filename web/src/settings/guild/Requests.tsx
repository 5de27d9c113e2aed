/** People who ask to be let in. */
import DoorOpen from "lucide-solid/icons/door-open";
import { createSignal, For, Show } from "solid-js";
import { relative } from "~/message/time";
import { api } from "~/net/rest";
import { attempt, Avatar, Button, Empty, Field } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { learnUser, nameOf } from "~/user/store";
import type { Id, User } from "~/wire";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { Card, Section } from "../parts";
import { guildId } from "./context";

type Status = "SUBMITTED" | "APPROVED" | "REJECTED";

interface JoinRequest {
  id: Id;
  created_at: string;
  reviewed_at: string | null;
  application_status: Status | null;
  rejection_reason: string | null;
  user_id: Id;
  user?: User | null;
  actioned_by_user?: User | null;
  form_responses?: { label?: string; field_type?: string; response?: unknown; choices?: string[]; values?: string[] }[] | null;
}

/** What somebody answered, as text. */
function answerOf(field: NonNullable<JoinRequest["form_responses"]>[number]): string {
  const { response, choices, values } = field;
  if (field.field_type === "TERMS") return response ? "Agreed to the rules" : "Did not agree to the rules";
  if (typeof response === "number" && choices) return choices[response] ?? "";
  if (typeof response === "boolean") return response ? "Yes" : "No";
  return typeof response === "string" ? response : (values ?? []).join(" · ");
}

export function Requests() {
  const [status, setStatus] = createSignal<Status>("SUBMITTED");
  const path = () => `/guilds/${guildId()}/requests`;
  const requests = createLoad(
    () =>
      api.get<{ total?: number; guild_join_requests?: JoinRequest[] }>(path(), { status: status(), limit: 100 }).then((found) => {
        const all = found.guild_join_requests ?? [];
        for (const one of all) if (one.user) learnUser(one.user);
        return all;
      }),
    status,
  );
  const [busy, setBusy] = createSignal<Id | null>(null);
  const [refusing, setRefusing] = createSignal<JoinRequest | null>(null);
  const [reason, setReason] = createSignal("");
  const gone = (id: Id) => requests.change((all) => all.filter((one) => one.id !== id));
  const approve = async (one: JoinRequest) => {
    setBusy(one.id);
    await attempt(
      api.patch(`${path()}/${one.id}`, { action: "APPROVED" }).then(() => gone(one.id)),
      `${one.user ? nameOf(one.user) : "They"} may come in.`,
    );
    setBusy(null);
  };
  const refuse = async () => {
    const one = refusing();
    if (!one) return;
    await api.patch(`${path()}/${one.id}`, { action: "REJECTED", rejection_reason: reason().trim() || null });
    gone(one.id);
  };
  return (
    <Section about="Whoever wants to come in where members are let in by hand stands here until you decide.">
      <Tabs<Status>
        label="Which requests"
        value={status()}
        onChange={setStatus}
        options={[
          { value: "SUBMITTED", label: "Waiting" },
          { value: "APPROVED", label: "Let in" },
          { value: "REJECTED", label: "Refused" },
        ]}
      />
      <Loaded load={requests} rows={3}>
        {(all) => (
          <Card flush>
            <For
              each={all()}
              fallback={
                <Empty icon={DoorOpen} title="Nobody waits">
                  <p>New requests stand here.</p>
                </Empty>
              }
            >
              {(one) => (
                <div class="set-row request">
                  <div class="who">
                    <Show when={one.user}>{(user) => <Avatar user={user()} size={38} />}</Show>
                    <div class="grow">
                      <span class="who-name truncate">{one.user ? nameOf(one.user) : one.user_id}</span>
                      <span class="who-sub">
                        {relative(Date.parse(one.created_at))}
                        <Show when={one.actioned_by_user}>{(by) => <> · decided by {nameOf(by())}</>}</Show>
                      </span>
                    </div>
                    <Show when={status() === "SUBMITTED"}>
                      <Button small look="primary" busy={busy() === one.id} onClick={() => void approve(one)}>
                        Let in<span class="visually-hidden"> {one.user?.username}</span>
                      </Button>
                      <Button
                        small
                        look="danger"
                        onClick={() => {
                          setReason("");
                          setRefusing(one);
                        }}
                      >
                        Refuse<span class="visually-hidden"> {one.user?.username}</span>
                      </Button>
                    </Show>
                  </div>
                  <Show when={one.form_responses?.length || one.rejection_reason}>
                    <dl class="request-answers">
                      <For each={one.form_responses ?? []}>
                        {(field) => (
                          <>
                            <dt>{field.label ?? "Rules"}</dt>
                            <dd>{answerOf(field)}</dd>
                          </>
                        )}
                      </For>
                      <Show when={one.rejection_reason}>
                        {(text) => (
                          <>
                            <dt>Refused because</dt>
                            <dd>{text()}</dd>
                          </>
                        )}
                      </Show>
                    </dl>
                  </Show>
                </div>
              )}
            </For>
          </Card>
        )}
      </Loaded>
      <FormDialog
        open={refusing() !== null}
        onClose={() => setRefusing(null)}
        title={`Refuse ${refusing()?.user ? nameOf(refusing()?.user as User) : ""}?`}
        action="Refuse"
        danger
        fields={["rejection_reason"]}
        onSubmit={refuse}
      >
        {(errors) => (
          <Field
            label="Why (optional)"
            multiline
            value={reason()}
            onChange={setReason}
            maxLength={160}
            note="They read it."
            error={errors().rejection_reason}
          />
        )}
      </FormDialog>
    </Section>
  );
}
