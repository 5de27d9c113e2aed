/** Words and times. */
import { clock, now } from "~/message/time";
import { preferences, prefer } from "~/preference/store";
import { attempt, Choice, Switch } from "~/ui";
import { account, changeSettings } from "~/user/store";
import { Card, Section, Segments } from "../parts";

/** What Discord's interactions name. */
const LOCALES = [
  "id",
  "da",
  "de",
  "en-GB",
  "en-US",
  "es-ES",
  "es-419",
  "fr",
  "hr",
  "it",
  "lt",
  "hu",
  "nl",
  "no",
  "pl",
  "pt-BR",
  "ro",
  "fi",
  "sv-SE",
  "vi",
  "tr",
  "cs",
  "el",
  "bg",
  "ru",
  "uk",
  "hi",
  "th",
  "zh-CN",
  "ja",
  "zh-TW",
  "ko",
];

function named(locale: string): string {
  try {
    const own = new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
    const english = new Intl.DisplayNames(["en"], { type: "language" }).of(locale) ?? locale;
    return own === english ? own : `${own} (${english})`;
  } catch {
    return locale;
  }
}

export function Language() {
  return (
    <>
      <Section title="Language">
        <Card>
          <Choice
            label="Your language"
            value={account.settings?.locale ?? "en-US"}
            options={LOCALES.map((value) => ({ value, label: named(value) }))}
            onChange={(locale) => void attempt(changeSettings({ locale }), "Saved.")}
            note="Apps are told it and answer in it where they can. The client itself speaks English so far."
          />
        </Card>
      </Section>
      <Section title="Time">
        <Card>
          <Segments
            label="Clock"
            value={preferences.clock24 ? "24" : "12"}
            options={[
              { value: "24", label: "24 hours" },
              { value: "12", label: "12 hours" },
            ]}
            onChange={(value) => prefer("clock24", value === "24")}
          />
          <Switch label="Show seconds" checked={preferences.seconds} onChange={(value) => prefer("seconds", value)} />
          <p class="field-note">
            It is now <strong>{clock(now())}</strong>. Times are shown as your device counts them:{" "}
            {Intl.DateTimeFormat().resolvedOptions().timeZone}.
          </p>
        </Card>
      </Section>
      <Section title="Writing">
        <Card>
          <Switch
            label="Enter sends"
            note={preferences.enterSends ? "Shift Enter begins a new line." : "Ctrl Enter sends."}
            checked={preferences.enterSends}
            onChange={(value) => prefer("enterSends", value)}
          />
        </Card>
      </Section>
    </>
  );
}
