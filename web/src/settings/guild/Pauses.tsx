/** Pauses for rough hours: nobody comes in, or writes to members who are no friends. */
import DoorClosed from "lucide-solid/icons/door-closed";
import MessageOff from "lucide-solid/icons/message-circle-off";
import { updateGuild } from "~/guild/store";
import { relative, stamp } from "~/message/time";
import { api } from "~/net/rest";
import { attempt, Button, Choice, type Icon } from "~/ui";
import type { Guild } from "~/wire";
import { createSignal, Show } from "solid-js";
import { Card, Line, Section } from "../parts";
import { isoIn } from "../time";
import { guild, guildId } from "./context";

type Kind = "invites_disabled_until" | "dms_disabled_until";

const TIMES = [
  { value: "3600", label: "for 1 hour" },
  { value: "21600", label: "for 6 hours" },
  { value: "86400", label: "for a day" },
];

export function Pauses() {
  return (
    <Section title="Pauses" about="For when a guild is raided. They end by themselves.">
      <Card flush>
        <Pause
          kind="invites_disabled_until"
          icon={DoorClosed}
          label="Invites"
          note="Nobody comes in, whatever link they have."
        />
        <Pause
          kind="dms_disabled_until"
          icon={MessageOff}
          label="Direct messages"
          note="Being in this guild together is no reason to be written to. Friends still may."
        />
      </Card>
    </Section>
  );
}

function Pause(props: { kind: Kind; icon: Icon; label: string; note: string }) {
  const [time, setTime] = createSignal("3600");
  const [busy, setBusy] = createSignal(false);
  const until = () => {
    const at = guild()?.incidents_data?.[props.kind];
    return at && Date.parse(at) > Date.now() ? at : null;
  };
  const set = async (at: string | null) => {
    setBusy(true);
    const known = guild();
    const next = await attempt(
      api.put<NonNullable<Guild["incidents_data"]>>(`/guilds/${guildId()}/incident-actions`, { [props.kind]: at }),
    );
    if (next && known) updateGuild({ ...known, incidents_data: next });
    setBusy(false);
  };
  return (
    <Line
      icon={props.icon}
      label={
        <>
          {props.label}{" "}
          <Show when={until()}>
            {(at) => (
              <span class="chip chip-warn" title={stamp(at())}>
                Paused, ends {relative(Date.parse(at()))}
              </span>
            )}
          </Show>
        </>
      }
      note={props.note}
    >
      <Show
        when={!until()}
        fallback={
          <Button small busy={busy()} onClick={() => void set(null)}>
            Go on<span class="visually-hidden"> with {props.label}</span>
          </Button>
        }
      >
        <Choice
          label={`Pause ${props.label} for how long`}
          hideLabel
          value={time()}
          onChange={setTime}
          options={TIMES}
        />
        <Button small busy={busy()} onClick={() => void set(isoIn(Number(time())))}>
          Pause<span class="visually-hidden"> {props.label}</span>
        </Button>
      </Show>
    </Line>
  );
}
