/** How the client looks on this device. */
import Monitor from "lucide-solid/icons/monitor";
import Moon from "lucide-solid/icons/moon";
import Sun from "lucide-solid/icons/sun";
import { createUniqueId, For } from "solid-js";
import { Dynamic } from "solid-js/web";
import { preferences, prefer } from "~/preference/store";
import { Avatar, Switch } from "~/ui";
import { clock } from "~/message/time";
import { account, nameOf } from "~/user/store";
import { Card, Section, Segments } from "../parts";

const THEMES = [
  { value: "dark", label: "Dark", icon: Moon },
  { value: "light", label: "Light", icon: Sun },
  { value: "system", label: "Like the device", icon: Monitor },
] as const;

export function Appearance() {
  const scale = createUniqueId();
  return (
    <>
      <Section title="Theme">
        <div class="themes" role="radiogroup" aria-label="Theme">
          <For each={THEMES}>
            {(theme) => (
              <label class="theme" data-look={theme.value}>
                <input
                  type="radio"
                  class="visually-hidden"
                  name="theme"
                  checked={preferences.theme === theme.value}
                  onChange={() => prefer("theme", theme.value)}
                />
                <span class="theme-face" aria-hidden="true">
                  <i />
                  <span>
                    <b />
                    <b />
                    <b />
                  </span>
                </span>
                <span class="theme-name">
                  <Dynamic component={theme.icon} size={16} /> {theme.label}
                </span>
              </label>
            )}
          </For>
        </div>
      </Section>
      <Section title="Messages">
        <Card>
          <div class="density" classList={{ compact: preferences.compact }} aria-hidden="true">
            <Sample text="Did anybody feed the lighthouse cat?" />
            <Sample text="Twice. She is asleep on the charts again." />
          </div>
          <Segments
            label="Density"
            value={preferences.compact ? "compact" : "cosy"}
            options={[
              { value: "cosy", label: "Cosy" },
              { value: "compact", label: "Compact" },
            ]}
            onChange={(value) => prefer("compact", value === "compact")}
          />
        </Card>
      </Section>
      <Section title="Size">
        <Card>
          <label class="field-label" for={scale}>
            Size of text and everything around it: {preferences.fontScale} %
          </label>
          <input
            id={scale}
            type="range"
            class="range"
            min={75}
            max={150}
            step={5}
            list={`${scale}-marks`}
            value={preferences.fontScale}
            onChange={(event) => prefer("fontScale", Number(event.currentTarget.value))}
          />
          <datalist id={`${scale}-marks`} class="range-marks">
            <For each={[75, 100, 125, 150]}>{(mark) => <option value={mark} label={`${mark}`} />}</For>
          </datalist>
        </Card>
      </Section>
      <Section title="Motion">
        <Card>
          <Segments
            label="Motion"
            value={preferences.motion}
            options={[
              { value: "system", label: "Like the device" },
              { value: "full", label: "All" },
              { value: "less", label: "Less" },
            ]}
            onChange={(value) => prefer("motion", value)}
          />
          <p class="field-note">Less: nothing slides, fades or shimmers.</p>
        </Card>
      </Section>
      <Section title="Layout">
        <Card>
          <Switch
            label="Show the member list"
            note="In guilds, where there is room."
            checked={preferences.showMembers}
            onChange={(value) => prefer("showMembers", value)}
          />
        </Card>
      </Section>
    </>
  );
}

function Sample(props: { text: string }) {
  return (
    <div class="sample">
      {account.me && <Avatar user={account.me} size={38} />}
      <div>
        <strong>{account.me ? nameOf(account.me) : ""}</strong> <span class="muted small">{clock(Date.now())}</span>
        <div>{props.text}</div>
      </div>
    </div>
  );
}
