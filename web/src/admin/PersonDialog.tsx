/** One account, and what staff can do with it. */
import Ban from "lucide-solid/icons/ban";
import Hash from "lucide-solid/icons/hash";
import KeyRound from "lucide-solid/icons/key-round";
import Mail from "lucide-solid/icons/mail";
import MonitorSmartphone from "lucide-solid/icons/monitor-smartphone";
import Paperclip from "lucide-solid/icons/paperclip";
import ShieldCheck from "lucide-solid/icons/shield-check";
import Trash from "lucide-solid/icons/trash";
import { createSignal, Show } from "solid-js";
import { copyText } from "~/message/act";
import { bytes, stamp } from "~/message/time";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Card, Line, Section, Segments } from "~/settings/parts";
import { attempt, Avatar, Button, Confirm, Dialog, Field, toast } from "~/ui";
import { myId } from "~/user/store";
import { LinkDialog } from "./LinkDialog";
import { faceOf, Standing } from "./People";
import { PersonSessions } from "./PersonSessions";
import { givable, mayTouch, myRank, RANKS, rankName } from "./rank";
import { Suspend } from "./Suspend";
import type { PasswordLink, Person, Rank } from "./wire";

interface PersonDialogProps {
  person: Person;
  onClose: () => void;
  onChange: (next: Person) => void;
  onGone: (id: string) => void;
}

export function PersonDialog(props: PersonDialogProps) {
  const [open, setOpen] = createSignal<"suspend" | "remove" | "sessions" | "mfa" | null>(null);
  const [busy, setBusy] = createSignal(false);
  const [link, setLink] = createSignal<PasswordLink | null>(null);
  const [name, setName] = createSignal("");
  const shown = () => props.person.global_name ?? props.person.username;
  const mine = () => props.person.id === myId();
  const reach = () => !mine() && mayTouch(myRank(), props.person.rank);
  const change = async (body: Record<string, unknown>, done: string) => {
    setBusy(true);
    const next = await attempt(own.patch<Person>(`/admin/users/${props.person.id}`, body), done);
    setBusy(false);
    if (next) props.onChange(next);
  };
  const makeLink = async () => {
    setBusy(true);
    const made = await attempt(own.post<PasswordLink>(`/admin/users/${props.person.id}/password-link`, {}));
    setBusy(false);
    if (made) setLink(made);
  };
  const resetMfa = async () => {
    await own.delete(`/admin/users/${props.person.id}/mfa`);
    props.onChange({ ...props.person, mfa_enabled: false });
    toast("The second step is off.", "good");
  };
  const remove = async () => {
    await own.delete(`/admin/users/${props.person.id}`);
    toast(`${props.person.username} is gone.`, "info");
    props.onGone(props.person.id);
  };
  const ranks = () =>
    RANKS.filter((one) => givable(myRank()).includes(one.value) || one.value === props.person.rank).map(
      ({ value, label }) => ({ value, label }),
    );
  return (
    <>
      <Dialog open onClose={props.onClose} title="Account" width={620}>
        <div class="settings-in person">
          <div class="who">
            <Avatar user={faceOf(props.person)} size={64} />
            <div class="grow">
              <div class="me-name">{shown()}</div>
              <div class="muted">
                @{props.person.username} · since {stamp(props.person.created_at)}
              </div>
              <Standing person={props.person} />
            </div>
          </div>
          <Card flush>
            <Show when={props.person.email}>
              {(email) => (
                <Line icon={Mail} label="Email" note={email()}>
                  <Button small look="ghost" onClick={() => void copyText(email(), "Email copied.")}>
                    Copy
                  </Button>
                </Line>
              )}
            </Show>
            <Show when={!props.person.bot}>
              <Line icon={ShieldCheck} label="Second step" note={props.person.mfa_enabled ? "On" : "Off"}>
                <Show when={reach() && props.person.mfa_enabled}>
                  <Button small onClick={() => setOpen("mfa")}>
                    Switch off
                  </Button>
                </Show>
              </Line>
            </Show>
            <Show when={props.person.stored_bytes}>
              {(stored) => <Line icon={Paperclip} label="Files in messages" note={bytes(stored())} />}
            </Show>
            <Line icon={Hash} label="Id" note={<span class="mono">{props.person.id}</span>}>
              <Button small look="ghost" onClick={() => void copyText(props.person.id, "Id copied.")}>
                Copy
              </Button>
            </Line>
          </Card>
          <Show when={!reach()}>
            <div class="notice">
              {mine() ? "This is you. Your own account is changed in your settings." : "Only owners reach other staff."}
            </div>
          </Show>
          <Show when={reach()}>
            <Show when={!props.person.bot && ranks().length > 1}>
              <Section title="Rank" about={RANKS.find((one) => one.value === props.person.rank)?.about}>
                <Segments
                  label="Rank"
                  value={props.person.rank}
                  options={ranks()}
                  disabled={busy()}
                  onChange={(rank: Rank) => void change({ rank }, `${shown()}: ${rankName(rank)}`)}
                />
              </Section>
            </Show>
            <Section title="Actions">
              <Card flush>
                <Show
                  when={props.person.suspended}
                  fallback={
                    <Line
                      icon={Ban}
                      label="Suspend"
                      note="Nobody comes in with this account, and it is put out at once."
                    >
                      <Button small onClick={() => setOpen("suspend")}>
                        Suspend
                      </Button>
                    </Line>
                  }
                >
                  <Line
                    icon={Ban}
                    label={
                      props.person.suspended_until
                        ? `Suspended until ${stamp(props.person.suspended_until)}`
                        : "Suspended for good"
                    }
                    note={props.person.suspended_reason ?? "No reason given"}
                  >
                    <Button small onClick={() => setOpen("suspend")}>
                      Change
                    </Button>
                    <Button
                      small
                      look="primary"
                      busy={busy()}
                      onClick={() => void change({ suspended: false }, `${shown()} may come in again.`)}
                    >
                      Let in again
                    </Button>
                  </Line>
                </Show>
                <Show when={!props.person.bot}>
                  <Line icon={MonitorSmartphone} label="Devices" note="Where they are logged in.">
                    <Button small onClick={() => setOpen("sessions")}>
                      Show
                    </Button>
                  </Line>
                  <Line
                    icon={KeyRound}
                    label="Forgotten password"
                    note="Makes a link that is good once and for a day. Their password stays until it is used."
                  >
                    <Button small busy={busy()} onClick={() => void makeLink()}>
                      Make a link
                    </Button>
                  </Line>
                </Show>
                <Line
                  icon={Trash}
                  label="Remove"
                  note="The account goes for good, with its bots. What it wrote stays under nobody's name."
                >
                  <Button
                    small
                    look="danger"
                    onClick={() => {
                      setName("");
                      setOpen("remove");
                    }}
                  >
                    Remove
                  </Button>
                </Line>
              </Card>
            </Section>
          </Show>
        </div>
      </Dialog>
      <Show when={open() === "suspend"}>
        <Suspend person={props.person} onClose={() => setOpen(null)} onChange={props.onChange} />
      </Show>
      <FormDialog
        open={open() === "remove"}
        onClose={() => setOpen(null)}
        title={`Remove ${props.person.username}?`}
        about="This cannot be undone. Guilds that they own go to their highest member."
        action="Remove for good"
        danger
        disabled={name() !== props.person.username}
        fields={[]}
        onSubmit={remove}
      >
        {() => <Field label={`Type ${props.person.username} to go on`} value={name()} onChange={setName} autofocus />}
      </FormDialog>
      <Show when={open() === "sessions"}>
        <PersonSessions person={props.person} onClose={() => setOpen(null)} />
      </Show>
      <Confirm
        open={open() === "mfa"}
        onClose={() => setOpen(null)}
        title={`Switch off ${props.person.username}'s second step?`}
        about="Only when you are sure who asks: then their password alone is enough to come in."
        action="Switch it off"
        onConfirm={resetMfa}
      />
      <Show when={link()}>
        {(made) => (
          <LinkDialog link={made()} name={shown()} title="A link for a new password" onClose={() => setLink(null)} />
        )}
      </Show>
    </>
  );
}
