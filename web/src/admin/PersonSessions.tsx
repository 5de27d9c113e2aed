/** Where somebody is logged in, as staff sees and ends it. */
import { createSignal, For, Show } from "solid-js";
import { own } from "~/net/rest";
import { createLoad, Loaded } from "~/settings/load";
import { Card } from "~/settings/parts";
import { type Session, SessionLine } from "~/settings/me/Sessions";
import { attempt, Button, Confirm, Dialog } from "~/ui";
import type { Person } from "./wire";

export function PersonSessions(props: { person: Person; onClose: () => void }) {
  const path = () => `/admin/users/${props.person.id}/sessions`;
  const sessions = createLoad(() => own.get<Session[]>(path()));
  const [ending, setEnding] = createSignal<string | null>(null);
  const [all, setAll] = createSignal(false);
  const end = async (one: Session) => {
    setEnding(one.id);
    const gone = own
      .delete(`${path()}/${one.id}`)
      .then(() => sessions.change((known) => known.filter((other) => other.id !== one.id)));
    await attempt(gone, "Logged out there.");
    setEnding(null);
  };
  const endAll = async () => {
    await own.delete(path());
    sessions.change(() => []);
  };
  const newest = (known: Session[]) => [...known].sort((a, b) => b.last_used_at.localeCompare(a.last_used_at));
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`Devices of ${props.person.username}`}
      about="Where this account is logged in."
      width={620}
      foot={
        <>
          <Show when={(sessions.value()?.length ?? 0) > 0}>
            <Button look="danger" onClick={() => setAll(true)}>
              Log out everywhere
            </Button>
          </Show>
          <Button look="primary" onClick={() => props.onClose()}>
            Done
          </Button>
        </>
      }
    >
      <div class="settings-in">
        <Card flush>
          <Loaded load={sessions} rows={2}>
            {(known) => (
              <For each={newest(known())} fallback={<p class="set-row muted">Logged in nowhere.</p>}>
                {(one) => <SessionLine session={one} busy={ending() === one.id} onEnd={() => void end(one)} />}
              </For>
            )}
          </Loaded>
        </Card>
      </div>
      <Confirm
        open={all()}
        onClose={() => setAll(false)}
        title={`Log ${props.person.username} out everywhere?`}
        about="They can log in again at once. Suspend the account to keep them out."
        action="Log out everywhere"
        onConfirm={endAll}
      />
    </Dialog>
  );
}
