/** Events of a guild: what goes on, and what comes. */
import CalendarDays from "lucide-solid/icons/calendar-days";
import Plus from "lucide-solid/icons/plus";
import { createSignal, For, Show } from "solid-js";
import { canIn } from "~/channel/store";
import type { Asked } from "~/dialog/Dialogs";
import { Permission } from "~/guild/permissions";
import { createLoaded } from "~/net/loaded";
import { Button, Dialog, Empty, Failed, SkeletonRows } from "~/ui";
import type { ScheduledEvent } from "~/wire";
import { EventCard } from "./Card";
import { EditEvent } from "./Edit";
import { eventsOf, fetchEvents } from "./store";
import "./event.css";

export default function EventsDialog(props: Asked<"events">) {
  const guild = () => props.asked.guild;
  const [editing, setEditing] = createSignal<ScheduledEvent | "new" | null>(null);
  const load = createLoaded(guild, (id) => fetchEvents(id).then(() => true));
  const may = () => canIn(guild(), Permission.CreateEvents) || canIn(guild(), Permission.ManageEvents);
  return (
    <>
      <Dialog
        open
        onClose={props.onClose}
        title="Events"
        width={600}
        foot={
          <Show when={may()}>
            <Button look="primary" onClick={() => setEditing("new")}>
              <Plus size={16} /> Plan an event
            </Button>
          </Show>
        }
      >
        <Show
          when={eventsOf(guild()).length > 0}
          fallback={
            <Show when={!load.error()} fallback={<Failed error={load.error()} onRetry={() => load.again()} />}>
              <Show when={load.value()} fallback={<SkeletonRows rows={3} />}>
                <Empty icon={CalendarDays} title="Nothing is planned">
                  <p>{may() ? "Plan a talk, a game or a walk, and see who comes." : "What is planned here stands in this list."}</p>
                </Empty>
              </Show>
            </Show>
          }
        >
          <ul class="events" aria-label="Events">
            <For each={eventsOf(guild()).map((one) => one.id)}>
              {(id) => (
                <Show when={eventsOf(guild()).find((one) => one.id === id)}>
                  {(event) => <EventCard event={event()} onEdit={() => setEditing(event())} />}
                </Show>
              )}
            </For>
          </ul>
        </Show>
      </Dialog>
      <Show when={editing()} keyed>
        {(one) => (
          <EditEvent guild={guild()} event={one === "new" ? undefined : one} onClose={() => setEditing(null)} />
        )}
      </Show>
    </>
  );
}
