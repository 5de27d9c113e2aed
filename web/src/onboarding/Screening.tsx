/** Over the composer of a guild that lets in by a form: fill it in, or wait for an answer. */
import ClipboardList from "lucide-solid/icons/clipboard-list";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { memberOf } from "~/member/store";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import { createLoaded } from "~/net/loaded";
import { ApiError } from "~/net/error";
import { api } from "~/net/rest";
import { Button, Choice, Dialog, Failed, Field, SkeletonRows } from "~/ui";
import { myId } from "~/user/store";
import type { FormField, Id, MemberVerification } from "~/wire";
import { filled } from "./answers";
import "./onboarding.css";

interface OwnRequest {
  application_status: string | null;
}

export const isPending = (guild: Id | null | undefined): boolean => memberOf(guild, myId())?.pending === true;

export function ScreeningBar(props: { guild: Id }) {
  const [open, setOpen] = createSignal(false);
  const own = createLoaded(
    () => props.guild,
    (id) =>
      api.get<OwnRequest>(`/guilds/${id}/requests/@me`).catch((error: unknown) => {
        // Nobody has asked yet.
        if (error instanceof ApiError && error.status === 404) return { application_status: null };
        throw error;
      }),
  );
  const waits = () => own.value()?.application_status === "SUBMITTED";
  return (
    <div class="composer composer-closed screening">
      <ClipboardList size={18} />
      <span class="grow">
        {waits() ? "Your answers are being read. You can talk here when you are let in." : "Fill in the form before you talk here."}
      </span>
      <Show when={!waits()}>
        <Button small look="primary" onClick={() => setOpen(true)}>
          Fill it in
        </Button>
      </Show>
      <Show when={open()}>
        <Screening
          guild={props.guild}
          onClose={() => {
            setOpen(false);
            own.again();
          }}
        />
      </Show>
    </div>
  );
}

function Screening(props: { guild: Id; onClose: () => void }) {
  const form = createLoaded(
    () => props.guild,
    (id) => api.get<MemberVerification>(`/guilds/${id}/member-verification`),
  );
  return (
    <Dialog open onClose={props.onClose} title="Before you talk here" about={form.value()?.description ?? undefined} width={540}>
      <Switch fallback={<SkeletonRows rows={3} />}>
        <Match when={form.value()}>{(known) => <Fields {...props} form={known()} />}</Match>
        <Match when={form.error()}>
          <Failed error={form.error()} onRetry={() => form.again()} />
        </Match>
      </Switch>
    </Dialog>
  );
}

function Fields(props: { guild: Id; onClose: () => void; form: MemberVerification }) {
  const [fields, setFields] = createSignal<FormField[]>(props.form.form_fields.map((one) => ({ ...one })));
  const answer = (at: number, response: unknown) =>
    setFields((all) => all.map((one, index) => (index === at ? { ...one, response } : one)));
  const send = createForm(async () => {
    await api.put(`/guilds/${props.guild}/requests/@me`, { version: props.form.version, form_fields: fields() });
    props.onClose();
  });
  return (
    <form class="stack" onSubmit={send.submit}>
      <Problem text={send.problem()} />
      <For each={props.form.form_fields}>
        {(field, index) => {
          const text = () => {
            const given = fields()[index()]?.response;
            return typeof given === "string" ? given : "";
          };
          return (
            <Switch>
              <Match when={field.field_type === "TERMS"}>
                <div class="terms">
                  <ol>
                    <For each={field.values ?? []}>{(term) => <li>{term}</li>}</For>
                  </ol>
                  <label class="terms-yes">
                    <input
                      type="checkbox"
                      checked={fields()[index()]?.response === true}
                      onChange={(event) => answer(index(), event.currentTarget.checked)}
                    />
                    {field.label || "I have read these rules and agree."}
                  </label>
                </div>
              </Match>
              <Match when={field.field_type === "MULTIPLE_CHOICE"}>
                <Choice
                  label={field.label}
                  value={String(fields()[index()]?.response ?? "")}
                  onChange={(value) => answer(index(), value === "" ? undefined : Number(value))}
                  options={[
                    { value: "", label: "Choose an answer" },
                    ...(field.choices ?? []).map((label, at) => ({ value: String(at), label })),
                  ]}
                />
              </Match>
              <Match when={true}>
                <Field
                  label={field.label}
                  multiline={field.field_type === "PARAGRAPH"}
                  value={text()}
                  onChange={(value) => answer(index(), value)}
                  maxLength={field.field_type === "PARAGRAPH" ? 1000 : 150}
                  placeholder={field.placeholder ?? ""}
                  required={field.required}
                  note={field.description ?? undefined}
                />
              </Match>
            </Switch>
          );
        }}
      </For>
      <Button look="primary" wide type="submit" busy={send.busy()} disabled={!fields().every(filled)}>
        Send
      </Button>
    </form>
  );
}
