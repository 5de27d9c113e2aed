/** An event as it is planned or changed. */
import { createSignal, Show } from "solid-js";
import { channels } from "~/channel/store";
import { now } from "~/message/time";
import { api } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { ImageField } from "~/settings/ImageField";
import { Segments } from "~/settings/parts";
import { Choice, Field } from "~/ui";
import { ChannelKind, EventPlace, type Id, type ScheduledEvent } from "~/wire";
import { putEvent } from "./store";
import { bodyOf, draftOf, type EventDraft, problemsOf, type Repeat, REPEATS } from "./times";
import "~/settings/settings.css";

const PLACES = [
  { value: EventPlace.Voice, label: "Voice" },
  { value: EventPlace.Stage, label: "Stage" },
  { value: EventPlace.External, label: "Elsewhere" },
];

export function EditEvent(props: { guild: Id; event: ScheduledEvent | undefined; onClose: () => void }) {
  const [draft, setDraft] = createSignal(draftOf(props.event, Date.now()));
  const [image, setImage] = createSignal<string | null | undefined>(undefined);
  const [tried, setTried] = createSignal(false);
  const put = (patch: Partial<EventDraft>) => setDraft((all) => ({ ...all, ...patch }));
  const problems = () => (tried() ? problemsOf(draft(), now(), props.event) : {});
  const kind = () => (draft().place === EventPlace.Stage ? ChannelKind.Stage : ChannelKind.Voice);
  const rooms = () =>
    Object.values(channels)
      .filter((one) => one?.guild_id === props.guild && one.type === kind())
      .map((one) => ({ value: one.id, label: one.name ?? "" }));
  const shown = () => {
    const value = image();
    if (value !== undefined) return value;
    return props.event?.image ? `/cdn/guild-events/${props.event.id}/${props.event.image}.webp?size=512` : null;
  };
  const save = async () => {
    setTried(true);
    if (Object.keys(problemsOf(draft(), Date.now(), props.event)).length > 0) throw new Error("Some fields need another look.");
    const body = { ...bodyOf(draft(), props.event), ...(image() === undefined ? {} : { image: image() }) };
    const path = `/guilds/${props.guild}/scheduled-events`;
    putEvent(
      props.event
        ? await api.patch<ScheduledEvent>(`${path}/${props.event.id}`, body)
        : await api.post<ScheduledEvent>(path, body),
    );
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={props.event ? "Edit the event" : "Plan an event"}
      action={props.event ? "Save" : "Plan it"}
      width={540}
      fields={["name", "description", "scheduled_start_time", "scheduled_end_time", "channel_id", "image"]}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Field
            label="Name"
            value={draft().name}
            onChange={(name) => put({ name })}
            maxLength={100}
            required
            autofocus
            error={problems().name ?? errors().name}
          />
          <div>
            <div class="field-label">Where</div>
            <Segments
              label="Where"
              value={draft().place}
              options={PLACES}
              onChange={(place) => put({ place, channel: "" })}
            />
          </div>
          <Show
            when={draft().place !== EventPlace.External}
            fallback={
              <Field
                label="Place"
                value={draft().location}
                onChange={(location) => put({ location })}
                maxLength={100}
                placeholder="The old pier, or an address"
                required
                error={problems().location}
              />
            }
          >
            <Choice
              label="Channel"
              value={draft().channel}
              onChange={(channel) => put({ channel })}
              options={[{ value: "", label: rooms().length > 0 ? "Choose a channel" : "There is none yet" }, ...rooms()]}
              error={problems().channel ?? errors().channel_id}
            />
          </Show>
          <div class="set-pair">
            <Field
              label="Begins"
              type="datetime-local"
              value={draft().start}
              onChange={(start) => put({ start })}
              required
              error={problems().start ?? errors().scheduled_start_time}
            />
            <Field
              label={draft().place === EventPlace.External ? "Ends" : "Ends (optional)"}
              type="datetime-local"
              value={draft().end}
              onChange={(end) => put({ end })}
              error={problems().end ?? errors().scheduled_end_time}
            />
          </div>
          <Choice
            label="Comes again"
            value={draft().repeat}
            onChange={(repeat) => put({ repeat: repeat as Repeat })}
            options={REPEATS}
          />
          <Field
            label="Description"
            multiline
            value={draft().description}
            onChange={(description) => put({ description })}
            maxLength={1000}
            error={errors().description}
          />
          <ImageField
            label="Picture"
            shape="banner"
            src={shown()}
            most={5 * 1024 * 1024}
            error={errors().image}
            onChange={setImage}
          />
        </>
      )}
    </FormDialog>
  );
}
