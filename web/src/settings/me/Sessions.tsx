/** Where one is logged in. */
import Laptop from "lucide-solid/icons/laptop";
import LogOut from "lucide-solid/icons/log-out";
import Smartphone from "lucide-solid/icons/smartphone";
import Tablet from "lucide-solid/icons/tablet";
import Terminal from "lucide-solid/icons/terminal";
import { createSignal, For, Show } from "solid-js";
import { relative, stamp } from "~/message/time";
import { own } from "~/net/rest";
import { attempt, Button, toast } from "~/ui";
import type { Id } from "~/wire";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { Card, Line, Section } from "../parts";
import { Password } from "./Account";
import { deviceOf } from "./agent";

export interface Session {
  id: Id;
  created_at: string;
  last_used_at: string;
  user_agent: string;
  address: string;
  current: boolean;
}

const ICONS = { desktop: Laptop, phone: Smartphone, tablet: Tablet, program: Terminal };

export function Sessions() {
  const sessions = createLoad(() => own.get<Session[]>("/sessions"));
  const [asking, setAsking] = createSignal(false);
  const [password, setPassword] = createSignal("");
  const [ending, setEnding] = createSignal<Id | null>(null);
  const end = async (one: Session) => {
    setEnding(one.id);
    await attempt(
      own
        .delete(`/sessions/${one.id}`)
        .then(() => sessions.change((all) => all.filter((other) => other.id !== one.id))),
      "Logged out there.",
    );
    setEnding(null);
  };
  const endOthers = async () => {
    await own.post("/sessions/revoke-others", { password: password() });
    toast("Every other device is logged out.", "good");
    sessions.again();
  };
  const ordered = (all: Session[]) =>
    [...all].sort((a, b) => Number(b.current) - Number(a.current) || b.last_used_at.localeCompare(a.last_used_at));
  return (
    <Section
      title="Devices"
      about="Where your account is logged in. Log out what you do not know, and change your password."
      tools={
        <Show when={(sessions.value()?.length ?? 0) > 1}>
          <Button
            small
            look="danger"
            onClick={() => {
              setPassword("");
              setAsking(true);
            }}
          >
            Log out all others
          </Button>
        </Show>
      }
    >
      <Card flush>
        <Loaded load={sessions} rows={2}>
          {(all) => (
            <For each={ordered(all())}>
              {(one) => <SessionLine session={one} busy={ending() === one.id} onEnd={() => void end(one)} />}
            </For>
          )}
        </Loaded>
      </Card>
      <FormDialog
        open={asking()}
        onClose={() => setAsking(false)}
        title="Log out all other devices?"
        about="This one stays logged in."
        action="Log out the others"
        danger
        fields={["password"]}
        onSubmit={endOthers}
      >
        {(errors) => <Password value={password()} onChange={setPassword} error={errors().password} autofocus />}
      </FormDialog>
    </Section>
  );
}

/** A login: what with, from where, and its end. */
export function SessionLine(props: { session: Session; busy: boolean; onEnd: () => void }) {
  const device = () => deviceOf(props.session.user_agent);
  return (
    <Line
      icon={ICONS[device().kind]}
      label={
        <>
          {[device().browser, device().system].filter(Boolean).join(" · ")}{" "}
          <Show when={props.session.current}>
            <span class="chip chip-good">This device</span>
          </Show>
        </>
      }
      note={
        <span title={props.session.user_agent}>
          {props.session.address || "Unknown address"} ·{" "}
          {props.session.current ? "active now" : `active ${relative(Date.parse(props.session.last_used_at))}`} · since{" "}
          {stamp(props.session.created_at)}
        </span>
      }
    >
      <Show when={!props.session.current}>
        <Button small busy={props.busy} onClick={() => props.onEnd()}>
          <LogOut size={15} /> Log out
        </Button>
      </Show>
    </Line>
  );
}
