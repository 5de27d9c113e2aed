/** Another time for one of those at which an event comes again. */
import { createSignal } from "solid-js";
import { longDay, now } from "~/message/time";
import { api } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Field } from "~/ui";
import type { EventException, ScheduledEvent } from "~/wire";
import type { Occurrence } from "./recurrence";
import { putException } from "./store";
import { endOf, fieldOf, problemsOfMove } from "./times";
import "~/settings/settings.css";

export function MoveTime(props: { event: ScheduledEvent; one: Occurrence; onClose: () => void }) {
  const [start, setStart] = createSignal(fieldOf(props.one.at));
  const [end, setEnd] = createSignal(fieldOf(endOf(props.event, props.one)));
  const [tried, setTried] = createSignal(false);
  const problems = () => (tried() ? problemsOfMove(start(), end(), now()) : {});
  // Where it begins later, it ends later: as long as it was.
  const begin = (next: string) => {
    const [was, will, until] = [Date.parse(start()), Date.parse(next), Date.parse(end())];
    setStart(next);
    if (!Number.isNaN(was + will + until)) setEnd(fieldOf(until + will - was));
  };
  const save = async () => {
    setTried(true);
    if (Object.keys(problemsOfMove(start(), end(), Date.now())).length > 0) {
      throw new Error("Some fields need another look.");
    }
    const path = `/guilds/${props.event.guild_id}/scheduled-events/${props.event.id}/exceptions`;
    const body = {
      scheduled_start_time: new Date(start()).toISOString(),
      scheduled_end_time: end() ? new Date(end()).toISOString() : null,
      is_canceled: false,
    };
    const known = props.one.exception;
    const told = known
      ? await api.patch<EventException>(`${path}/${known.event_exception_id}`, body)
      : await api.post<EventException>(path, {
          ...body,
          original_scheduled_start_time: new Date(props.one.original).toISOString(),
        });
    putException({ ...told, guild_id: props.event.guild_id });
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={`Move ${props.event.name}`}
      about={`Only the one of ${longDay(props.one.original)}. The others stay as they are.`}
      action="Move it"
      fields={["scheduled_start_time", "scheduled_end_time"]}
      onSubmit={save}
    >
      {(errors) => (
        <div class="set-pair">
          <Field
            label="Begins"
            type="datetime-local"
            value={start()}
            onChange={begin}
            required
            autofocus
            error={problems().start ?? errors().scheduled_start_time}
          />
          <Field
            label={props.event.scheduled_end_time ? "Ends" : "Ends (optional)"}
            type="datetime-local"
            value={end()}
            onChange={setEnd}
            error={problems().end ?? errors().scheduled_end_time}
          />
        </div>
      )}
    </FormDialog>
  );
}
