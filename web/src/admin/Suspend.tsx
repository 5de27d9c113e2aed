/** Shutting somebody out, for a while or for good. */
import { createSignal } from "solid-js";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { isoIn } from "~/settings/time";
import { Choice, Field } from "~/ui";
import type { Person } from "./wire";

const TIMES = [
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "1 week" },
  { value: "2592000", label: "30 days" },
  { value: "0", label: "For good" },
];

export function Suspend(props: { person: Person; onClose: () => void; onChange: (next: Person) => void }) {
  const [time, setTime] = createSignal("86400");
  const [reason, setReason] = createSignal(props.person.suspended_reason ?? "");
  const save = async () => {
    const seconds = Number(time());
    const until = seconds === 0 ? null : isoIn(seconds);
    const body = { suspended: true, suspended_until: until, reason: reason().trim() };
    props.onChange(await own.patch<Person>(`/admin/users/${props.person.id}`, body));
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={`Suspend ${props.person.username}`}
      about="They are put out at once, and told until when."
      action="Suspend"
      danger
      fields={["reason", "suspended_until"]}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Choice
            label="For how long"
            value={time()}
            onChange={setTime}
            options={TIMES}
            error={errors().suspended_until}
          />
          <Field
            label="Reason"
            value={reason()}
            onChange={setReason}
            maxLength={512}
            multiline
            note="Staff sees it here and in the log."
            error={errors().reason}
          />
        </>
      )}
    </FormDialog>
  );
}
