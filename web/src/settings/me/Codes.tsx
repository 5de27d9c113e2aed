/** Backup codes: for when the phone is gone. */
import Copy from "lucide-solid/icons/copy";
import Download from "lucide-solid/icons/download";
import LifeBuoy from "lucide-solid/icons/life-buoy";
import { createSignal, For, Show } from "solid-js";
import { instance } from "~/app/session";
import { copyText } from "~/message/act";
import { api } from "~/net/rest";
import { Button, Dialog } from "~/ui";
import { account } from "~/user/store";
import { FormDialog } from "../FormDialog";
import { Card, Line, Section } from "../parts";
import { Password } from "./Account";

export interface Code {
  code: string | null;
  consumed: boolean;
}

export function Codes() {
  const [asking, setAsking] = createSignal(false);
  const [password, setPassword] = createSignal("");
  const [codes, setCodes] = createSignal<Code[] | null>(null);
  const renew = async () => {
    const made = await api.post<{ backup_codes: Code[] }>("/users/@me/mfa/codes", {
      password: password(),
      regenerate: true,
    });
    setCodes(made.backup_codes);
  };
  const ask = () => {
    setPassword("");
    setAsking(true);
  };
  return (
    <Show when={account.me?.mfa_enabled}>
      <Section>
        <Card flush>
          <Line
            icon={LifeBuoy}
            label="Backup codes"
            note="Shown once, when they are made. New ones take the place of the old."
          >
            <Button small onClick={ask}>
              Make new codes
            </Button>
          </Line>
        </Card>
        <FormDialog
          open={asking()}
          onClose={() => setAsking(false)}
          title="Make new backup codes"
          about="The old ones stop working."
          action="Make codes"
          fields={["password"]}
          onSubmit={renew}
        >
          {(errors) => <Password value={password()} onChange={setPassword} error={errors().password} autofocus />}
        </FormDialog>
        <KeepCodes codes={codes()} onClose={() => setCodes(null)} />
      </Section>
    </Show>
  );
}

/** New codes, until they are kept. */
export function KeepCodes(props: { codes: Code[] | null; onClose: () => void }) {
  return (
    <Show when={props.codes}>
      {(all) => (
        <Dialog
          open
          onClose={() => props.onClose()}
          title="Keep these codes"
          about="Each logs you in once when your device is gone."
          foot={
            <Button look="primary" onClick={() => props.onClose()}>
              I have kept them
            </Button>
          }
        >
          <CodeList codes={all()} />
        </Dialog>
      )}
    </Show>
  );
}

export function CodeList(props: { codes: Code[] }) {
  const text = () => props.codes.flatMap((one) => one.code ?? []).join("\n");
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${text()}\n`], { type: "text/plain" }));
    link.download = `${(instance()?.name ?? "guildhall").toLowerCase().replace(/\W+/g, "-")}-backup-codes.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return (
    <>
      <ul class="codes mono">
        <For each={props.codes}>{(one) => <li classList={{ used: one.consumed }}>{one.code}</li>}</For>
      </ul>
      <div class="row">
        <Button small onClick={() => void copyText(text(), "Codes copied.")}>
          <Copy size={15} /> Copy
        </Button>
        <Button small onClick={save}>
          <Download size={15} /> Download
        </Button>
      </div>
    </>
  );
}
