/** What makes itself noticed, and how. */
import Bell from "lucide-solid/icons/bell";
import MessageCircle from "lucide-solid/icons/message-circle";
import { createSignal, For, Show } from "solid-js";
import { guildList } from "~/guild/store";
import { guildIcon } from "~/net/cdn";
import { prefer, preferences } from "~/preference/store";
import { attempt, Button, Choice, Picture, Switch, toast } from "~/ui";
import { changeNotifications, isGuildMuted, notifications } from "~/user/store";
import { Card, Line, Section } from "../parts";

const LEVELS = [
  { value: "3", label: "As the guild says" },
  { value: "0", label: "All messages" },
  { value: "1", label: "Only mentions" },
  { value: "2", label: "Nothing" },
];

const allowed = (): string => ("Notification" in window ? Notification.permission : "missing");

export function Notifications() {
  const [state, setState] = createSignal(allowed());
  const ask = async () => {
    setState(await Notification.requestPermission());
    if (allowed() === "denied")
      toast("The browser does not show notices of this page. Allow it in its site settings.", "bad");
  };
  const words = () =>
    ({
      granted: "The browser shows a notice when something comes in while you are elsewhere.",
      denied: "The browser was told not to show any. Change that in its settings for this site.",
      missing: "This browser cannot show notices.",
    })[state()] ?? "Off. The browser will ask you whether that is all right.";
  const change = (guild: string, patch: Record<string, unknown>) => void attempt(changeNotifications(guild, patch));
  return (
    <>
      <Section title="This device">
        <Card flush>
          <Line icon={Bell} label="Notices on the desktop" note={words()}>
            <Show
              when={state() === "default"}
              fallback={
                <span class={`chip ${state() === "granted" ? "chip-good" : ""}`}>
                  {state() === "granted" ? "On" : "Off"}
                </span>
              }
            >
              <Button small onClick={() => void ask()}>
                Switch on
              </Button>
            </Show>
          </Line>
          <Switch
            label="Sound"
            note="A quiet chime with each notice."
            checked={preferences.sound}
            onChange={(value) => prefer("sound", value)}
          />
        </Card>
      </Section>
      <Section title="Direct messages">
        <Card flush>
          <Line icon={MessageCircle} label="Direct messages" note="Muted ones are not announced.">
            <MuteSwitch
              guild="@me"
              name="direct messages"
              muted={isGuildMuted("@me")}
              onChange={(muted) => change("@me", { muted })}
            />
          </Line>
        </Card>
      </Section>
      <Section title="Guilds" about="Channels can have settings of their own: open their menu in the list.">
        <Show when={guildList().length > 0} fallback={<p class="muted">You are in no guild yet.</p>}>
          <Card flush>
            <For each={guildList()}>
              {(guild) => (
                <div class="set-row notify-row">
                  <span class="guild-face">
                    <Picture src={guildIcon(guild, 40)} name={guild.name} id={guild.id} size={40} />
                  </span>
                  <div class="grow">
                    <div class="set-line-label truncate">{guild.name}</div>
                    <div class="notify-more">
                      <label>
                        <input
                          type="checkbox"
                          checked={notifications[guild.id]?.suppress_everyone ?? false}
                          onChange={(event) => change(guild.id, { suppress_everyone: event.currentTarget.checked })}
                        />{" "}
                        Not for @everyone
                      </label>
                      <label>
                        <input
                          type="checkbox"
                          checked={notifications[guild.id]?.suppress_roles ?? false}
                          onChange={(event) => change(guild.id, { suppress_roles: event.currentTarget.checked })}
                        />{" "}
                        Not for roles
                      </label>
                    </div>
                  </div>
                  <Choice
                    label={`Notify me in ${guild.name} of`}
                    hideLabel
                    value={String(notifications[guild.id]?.message_notifications ?? 3)}
                    options={LEVELS}
                    onChange={(value) => change(guild.id, { message_notifications: Number(value) })}
                  />
                  <MuteSwitch
                    guild={guild.id}
                    name={guild.name}
                    muted={isGuildMuted(guild.id)}
                    onChange={(muted) => change(guild.id, { muted })}
                  />
                </div>
              )}
            </For>
          </Card>
        </Show>
      </Section>
    </>
  );
}

function MuteSwitch(props: { guild: string; name: string; muted: boolean; onChange: (muted: boolean) => void }) {
  return (
    <Button
      small
      look={props.muted ? "primary" : "secondary"}
      aria-pressed={props.muted}
      aria-label={`Mute ${props.name}`}
      onClick={() => props.onChange(!props.muted)}
    >
      {props.muted ? "Muted" : "Mute"}
    </Button>
  );
}
