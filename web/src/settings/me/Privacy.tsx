/** Who reaches oneself, and what others learn. */
import Ban from "lucide-solid/icons/ban";
import EyeOff from "lucide-solid/icons/eye-off";
import Moon from "lucide-solid/icons/moon";
import Users from "lucide-solid/icons/users";
import { For, Show } from "solid-js";
import { instance } from "~/app/session";
import { IDLE_MINUTES, prefer, preferences } from "~/preference/store";
import { part, relationships } from "~/relationship/store";
import { Avatar, attempt, Button, Choice, Empty, Switch } from "~/ui";
import { account, changeSettings, nameOf } from "~/user/store";
import { RelationshipKind } from "~/wire";
import { Card, Line, Section } from "../parts";

const minutes = (count: number): string => (count === 1 ? "1 minute" : `${count} minutes`);

const idleOptions = () => [
  { value: "", label: `As the server says (${minutes(instance()?.idle_after_minutes ?? 10)})` },
  ...IDLE_MINUTES.map((count) => ({ value: String(count), label: count === 0 ? "Never" : minutes(count) })),
];

export function Privacy() {
  const blocked = () =>
    Object.values(relationships)
      .filter((one) => one?.type === RelationshipKind.Blocked)
      .sort((a, b) => a.user.username.localeCompare(b.user.username));
  const hidden = () => account.settings?.status === "invisible";
  return (
    <>
      <Section title="Presence">
        <Card flush>
          <Switch
            label="Appear offline"
            note="You see everything; others do not see that you are here."
            checked={hidden()}
            onChange={(next) => void attempt(changeSettings({ status: next ? "invisible" : "online" }))}
          />
          <Line icon={Moon} label="Idle after" note="So long without a touch, and others see you as idle. Kept on this device.">
            <Choice
              label="Idle after"
              hideLabel
              value={String(preferences.idleMinutes ?? "")}
              options={idleOptions()}
              onChange={(value) => prefer("idleMinutes", value === "" ? null : Number(value))}
            />
          </Line>
        </Card>
      </Section>
      <Section title="What others learn">
        <Card flush>
          <Switch
            label="Read receipts"
            note="Others see how far you have read in the channels that you share. Without, nobody is told."
            checked={account.settings?.read_receipts ?? true}
            onChange={(next) => void attempt(changeSettings({ read_receipts: next }))}
          />
          <Line
            icon={Users}
            label="People in your guilds"
            note="See your name, picture, profile and status, and may write to you where the server allows it."
          />
          <Line
            icon={EyeOff}
            label="Nobody but you and staff"
            note="Sees your email. Only you see your devices and addresses."
          />
        </Card>
      </Section>
      <Section title="Blocked people" about="They cannot write to you, and what they write elsewhere is folded away.">
        <Show
          when={blocked().length > 0}
          fallback={
            <Card>
              <Empty icon={Ban} title="Nobody is blocked" />
            </Card>
          }
        >
          <Card flush>
            <For each={blocked()}>
              {(one) => (
                <div class="set-row">
                  <div class="who">
                    <Avatar user={one.user} size={38} />
                    <div class="grow">
                      <span class="who-name truncate">{nameOf(one.user)}</span>
                      <span class="who-sub">@{one.user.username}</span>
                    </div>
                    <Button small onClick={() => void attempt(part(one.user.id), "Unblocked.")}>
                      Unblock<span class="visually-hidden"> {nameOf(one.user)}</span>
                    </Button>
                  </div>
                </div>
              )}
            </For>
          </Card>
        </Show>
      </Section>
    </>
  );
}
