/** An event in the list: when, what, where, and who cares. */
import Bell from "lucide-solid/icons/bell";
import BellRing from "lucide-solid/icons/bell-ring";
import CalendarDays from "lucide-solid/icons/calendar-days";
import MapPin from "lucide-solid/icons/map-pin";
import Pencil from "lucide-solid/icons/pencil";
import Play from "lucide-solid/icons/play";
import Repeat from "lucide-solid/icons/repeat";
import Square from "lucide-solid/icons/square";
import Trash from "lucide-solid/icons/trash";
import Users from "lucide-solid/icons/users";
import Volume from "lucide-solid/icons/volume-2";
import { createSignal, Show } from "solid-js";
import { canIn, channelName, channels } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { Markdown } from "~/markdown/View";
import { exact, relative, stamp } from "~/message/time";
import { api } from "~/net/rest";
import { attempt, Button, Confirm, IconButton } from "~/ui";
import { myId, nameOf, users } from "~/user/store";
import { EventPlace, EventStatus, type ScheduledEvent } from "~/wire";
import { dropEvent, interested, putEvent, setInterest } from "./store";
import { EventTimes } from "./Times";
import { REPEATS, repeatOf } from "./times";

export function EventCard(props: { event: ScheduledEvent; onEdit: () => void }) {
  const [removing, setRemoving] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const active = () => props.event.status === EventStatus.Active;
  const channel = () => channels[props.event.channel_id ?? ""];
  const creator = () => props.event.creator ?? users[props.event.creator_id ?? ""];
  const path = () => `/guilds/${props.event.guild_id}/scheduled-events/${props.event.id}`;
  const manages = () =>
    canIn(props.event.guild_id, Permission.ManageEvents) ||
    (props.event.creator_id === myId() && canIn(props.event.guild_id, Permission.CreateEvents));
  const change = (status: number) => void attempt(api.patch<ScheduledEvent>(path(), { status }).then(putEvent));
  const toggle = async () => {
    setBusy(true);
    await attempt(setInterest(props.event, !interested(props.event.id)));
    setBusy(false);
  };
  return (
    <li class="event">
      <Show when={props.event.image}>
        {(hash) => (
          <img class="event-picture" src={`/cdn/guild-events/${props.event.id}/${hash()}.webp?size=512`} alt="" loading="lazy" />
        )}
      </Show>
      <div class="event-when" classList={{ live: active() }}>
        <CalendarDays size={16} />
        <span title={exact(props.event.scheduled_start_time)}>
          {active() ? "Going on now" : stamp(props.event.scheduled_start_time)}
        </span>
        <Show when={!active()}>
          <span class="muted">· {relative(Date.parse(props.event.scheduled_start_time))}</span>
        </Show>
        <Show when={repeatOf(props.event.recurrence_rule) !== "never"}>
          <span class="chip">
            <Repeat size={12} /> {REPEATS.find((one) => one.value === repeatOf(props.event.recurrence_rule))?.label}
          </span>
        </Show>
        <span class="grow" />
        <Show when={props.event.user_count !== undefined}>
          <span class="event-count">
            <Users size={14} aria-label="Interested" /> {props.event.user_count}
          </span>
        </Show>
      </div>
      <h3 class="event-name">{props.event.name}</h3>
      <Show when={props.event.description}>
        {(text) => (
          <div class="event-about">
            <Markdown text={text()} guild={props.event.guild_id} />
          </div>
        )}
      </Show>
      <Show when={props.event.recurrence_rule}>
        <EventTimes event={props.event} manages={manages()} />
      </Show>
      <div class="event-foot">
        <span class="event-where truncate">
          <Show
            when={props.event.entity_type !== EventPlace.External}
            fallback={
              <>
                <MapPin size={15} /> {props.event.entity_metadata?.location}
              </>
            }
          >
            <Volume size={15} /> {channel() ? channelName(channel() as NonNullable<ReturnType<typeof channel>>) : "A channel"}
          </Show>
          <Show when={creator()}>{(who) => <span class="muted"> · by {nameOf(who())}</span>}</Show>
        </span>
        <Show when={manages()}>
          {/* No menu: what opens over a window is hidden from those who listen. */}
          <Show
            when={active()}
            fallback={
              <IconButton label={`Begin ${props.event.name} now`} onClick={() => change(EventStatus.Active)}>
                <Play size={16} />
              </IconButton>
            }
          >
            <IconButton label={`End ${props.event.name}`} onClick={() => change(EventStatus.Completed)}>
              <Square size={15} />
            </IconButton>
          </Show>
          <IconButton label={`Edit ${props.event.name}`} onClick={() => props.onEdit()}>
            <Pencil size={15} />
          </IconButton>
          <IconButton label={`Delete ${props.event.name}`} class="danger" onClick={() => setRemoving(true)}>
            <Trash size={16} />
          </IconButton>
        </Show>
        <Button
          small
          look={interested(props.event.id) ? "secondary" : "primary"}
          busy={busy()}
          aria-pressed={interested(props.event.id)}
          onClick={() => void toggle()}
        >
          <Show when={interested(props.event.id)} fallback={<Bell size={15} />}>
            <BellRing size={15} />
          </Show>
          Interested
        </Button>
      </div>
      <Confirm
        open={removing()}
        onClose={() => setRemoving(false)}
        title={`Delete ${props.event.name}?`}
        about="Whoever is interested no longer sees it."
        action="Delete"
        onConfirm={async () => {
          await api.delete(path());
          dropEvent(props.event);
        }}
      />
    </li>
  );
}
