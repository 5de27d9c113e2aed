/** Starting a thread. */
import { createEffect, createSignal, on } from "solid-js";
import { channels, can } from "~/channel/store";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import { Permission } from "~/guild/permissions";
import { Button, Dialog, Field, Switch } from "~/ui";
import { setStarting, startThread, starting } from "./store";

export function StartThread() {
  const [name, setName] = createSignal("");
  const [closed, setClosed] = createSignal(false);
  createEffect(
    on(starting, (now) => {
      setName(now?.message?.content.split("\n")[0]?.slice(0, 80) ?? "");
      setClosed(false);
    }),
  );
  const channel = () => channels[starting()?.channel ?? ""];
  const mayClose = () => {
    const known = channel();
    return !starting()?.message && known !== undefined && can(known, Permission.CreatePrivateThreads);
  };
  const form = createForm(async () => {
    const now = starting();
    if (!now) return;
    await startThread(now.channel, name().trim(), now.message, closed());
    setStarting(null);
  }, ["name"]);
  return (
    <Dialog open={starting() !== null} onClose={() => setStarting(null)} title="Start a thread">
      <form class="stack" onSubmit={form.submit}>
        <Problem text={form.problem()} />
        <Field label="Name" value={name()} onChange={setName} maxLength={100} required autofocus error={form.errors().name} />
        {mayClose() && (
          <Switch
            label="Private"
            note="Only those whom you mention, and moderators, see it."
            checked={closed()}
            onChange={setClosed}
          />
        )}
        <Button look="primary" type="submit" busy={form.busy()} disabled={!name().trim()}>
          Start the thread
        </Button>
      </form>
    </Dialog>
  );
}
