/** The times of an event that come next: each can be moved, left out, and put back. */
import { createSignal, For, Show } from "solid-js";
import { longDay, now, clock } from "~/message/time";
import { api } from "~/net/rest";
import { attempt, Button } from "~/ui";
import type { EventException, ScheduledEvent } from "~/wire";
import { comingTimes, type Occurrence } from "./recurrence";
import { MoveTime } from "./Move";
import { dropException, putException } from "./store";

const SHOWN = 5;

export function EventTimes(props: { event: ScheduledEvent; manages: boolean }) {
  const [busy, setBusy] = createSignal<number | null>(null);
  const [moving, setMoving] = createSignal<Occurrence | null>(null);
  const path = () => `/guilds/${props.event.guild_id}/scheduled-events/${props.event.id}/exceptions`;
  const leaveOut = async (one: Occurrence) => {
    const told = one.exception
      ? await api.patch<EventException>(`${path()}/${one.exception.event_exception_id}`, { is_canceled: true })
      : await api.post<EventException>(path(), {
          original_scheduled_start_time: new Date(one.original).toISOString(),
          is_canceled: true,
        });
    putException({ ...told, guild_id: props.event.guild_id });
  };
  const takeBack = async (one: Occurrence) => {
    const known = one.exception;
    if (!known) return;
    await api.delete(`${path()}/${known.event_exception_id}`);
    dropException({ ...known, guild_id: props.event.guild_id });
  };
  const change = async (one: Occurrence) => {
    setBusy(one.original);
    await attempt(one.cancelled ? takeBack(one) : leaveOut(one));
    setBusy(null);
  };
  const putBack = async (one: Occurrence) => {
    setBusy(one.original);
    await attempt(takeBack(one));
    setBusy(null);
  };
  const isMoved = (one: Occurrence) => !one.cancelled && one.exception !== undefined;
  const when = (one: Occurrence) => `${longDay(one.at)}, ${clock(one.at, false)}`;
  return (
    <details class="event-times">
      <summary>Next times</summary>
      <ul aria-label={`Next times of ${props.event.name}`}>
        <For each={comingTimes(props.event, now(), SHOWN)}>
          {(one) => (
            <li class="event-time" classList={{ cancelled: one.cancelled }}>
              <span class="grow">
                <span class="event-time-when">{when(one)}</span>
                <Show when={one.cancelled}>
                  <span class="chip chip-bad">Cancelled</span>
                </Show>
                <Show when={isMoved(one)}>
                  <span class="chip" title={`Not ${longDay(one.original)}, ${clock(one.original, false)}`}>
                    Moved
                  </span>
                </Show>
              </span>
              <Show when={props.manages && isMoved(one)}>
                <Button small look="ghost" disabled={busy() !== null} onClick={() => void putBack(one)}>
                  Put back<span class="visually-hidden">: {when(one)}</span>
                </Button>
              </Show>
              <Show when={props.manages && !one.cancelled}>
                <Button small look="ghost" disabled={busy() !== null} onClick={() => setMoving(one)}>
                  Move<span class="visually-hidden">: {when(one)}</span>
                </Button>
              </Show>
              <Show when={props.manages}>
                <Button small look="ghost" busy={busy() === one.original} onClick={() => void change(one)}>
                  {one.cancelled ? "Bring back" : "Cancel this one"}
                  <span class="visually-hidden">: {when(one)}</span>
                </Button>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={moving()} keyed>
        {(one) => <MoveTime event={props.event} one={one} onClose={() => setMoving(null)} />}
      </Show>
    </details>
  );
}
