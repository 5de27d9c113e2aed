/** Settings of the instance: felt by everybody at once. */
import { For } from "solid-js";
import { own } from "~/net/rest";
import { Choice, Field, Switch } from "~/ui";
import { createDraft, difference } from "~/settings/draft";
import { createLoad, type Load, Loaded } from "~/settings/load";
import { Card, Section, Segments } from "~/settings/parts";
import { SaveBar } from "~/settings/SaveBar";
import type { InstanceSettings } from "./wire";

const CAPTURE = [
  ["noise_suppression", "Noise suppression", "Takes fans, keys and streets out of what is said."],
  ["echo_cancellation", "Echo cancellation", "Takes out what loudspeakers play back into the microphone."],
  ["automatic_gain_control", "Automatic gain", "Brings quiet and loud voices to one level."],
] as const;

const SLOW = [
  [0, "Off"],
  [2, "2 seconds"],
  [5, "5 seconds"],
  [10, "10 seconds"],
  [30, "30 seconds"],
  [60, "1 minute"],
  [300, "5 minutes"],
  [900, "15 minutes"],
  [3600, "1 hour"],
  [21600, "6 hours"],
] as const;

export function Instance() {
  const settings = createLoad(() => own.get<InstanceSettings>("/admin/settings"));
  return (
    <Loaded load={settings} rows={6}>
      {(known) => <Form known={known()} load={settings} />}
    </Loaded>
  );
}

function Form(props: { known: InstanceSettings; load: Load<InstanceSettings> }) {
  const draft = createDraft<InstanceSettings>(
    () => props.known,
    async (changes) => {
      const { voice_capture: capture, ...rest } = changes;
      // Only what was switched here: somebody else may have switched the others meanwhile.
      const switched = capture && { voice_capture: difference(props.known.voice_capture, capture) };
      const next = await own.patch<InstanceSettings>("/admin/settings", { ...rest, ...switched });
      props.load.change(() => next);
    },
    { check: (all) => (all.name.trim() ? {} : { name: "It needs a name." }) },
  );
  const slow = () => {
    const now = draft.value("slow_mode_seconds");
    const known = SLOW.map(([value, label]) => ({ value: String(value), label }));
    return SLOW.some(([value]) => value === now) ? known : [...known, { value: String(now), label: `${now} seconds` }];
  };
  return (
    <>
      <Section title="Face">
        <Card>
          <Field
            label="Name"
            value={draft.value("name")}
            onChange={(value) => draft.set("name", value)}
            maxLength={80}
            required
            error={draft.errors().name}
          />
          <Field
            label="Description"
            multiline
            value={draft.value("description")}
            onChange={(value) => draft.set("description", value)}
            maxLength={400}
            note="Shown to those who are not in yet."
            error={draft.errors().description}
          />
        </Card>
      </Section>
      <Section title="Registration" about="Who may make an account.">
        <Card>
          <Segments
            label="Registration"
            value={draft.value("registration")}
            options={[
              { value: "open", label: "Everybody", note: "Open to the world" },
              { value: "invite", label: "With an invite", note: "To any guild here" },
              { value: "closed", label: "Nobody", note: "Staff makes accounts" },
            ]}
            onChange={(value) => draft.set("registration", value)}
          />
        </Card>
      </Section>
      <Section title="Public guilds" about="Guilds that their administrators open to everybody.">
        <Card>
          <Switch
            label="List of public guilds"
            note="Everybody here finds them and comes in without an invite. Off, it takes an invite everywhere."
            checked={draft.value("discovery")}
            onChange={(value) => draft.set("discovery", value)}
          />
        </Card>
      </Section>
      <Section title="Direct messages" about="Who may write to whom.">
        <Card>
          <Segments
            label="Direct messages"
            value={draft.value("dm_policy")}
            options={[
              { value: "shared", label: "People of shared guilds" },
              { value: "friends", label: "Only friends" },
            ]}
            onChange={(value) => draft.set("dm_policy", value)}
          />
        </Card>
      </Section>
      <Section title="Brakes" about="For maintenance and for rough days.">
        <Card>
          <Switch
            label="Read-only"
            note="Everybody can read, nobody can write. Staff still reaches this page."
            checked={draft.value("read_only")}
            onChange={(value) => draft.set("read_only", value)}
          />
          <Choice
            label="Slow mode everywhere"
            value={String(draft.value("slow_mode_seconds"))}
            onChange={(value) => draft.set("slow_mode_seconds", Number(value))}
            options={slow()}
            note="How long everybody waits between two messages in a channel."
            error={draft.errors().slow_mode_seconds}
          />
          <Field
            label="Minutes until somebody counts as idle"
            inputMode="numeric"
            type="number"
            value={String(draft.value("idle_after_minutes"))}
            onChange={(value) => draft.set("idle_after_minutes", Number(value))}
            error={draft.errors().idle_after_minutes}
          />
        </Card>
      </Section>
      <Section title="Microphones" about="What voice in this client will start with, for those who chose nothing else. It does not carry sound yet.">
        <Card>
          <For each={CAPTURE}>
            {([key, label, note]) => (
              <Switch
                label={label}
                note={note}
                checked={draft.value("voice_capture")[key]}
                onChange={(value) => draft.set("voice_capture", { ...draft.value("voice_capture"), [key]: value })}
              />
            )}
          </For>
        </Card>
      </Section>
      <SaveBar draft={draft} />
    </>
  );
}
