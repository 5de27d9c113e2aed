/** Passkeys: logging in with the device itself. */
import Fingerprint from "lucide-solid/icons/fingerprint-pattern";
import Plus from "lucide-solid/icons/plus";
import Pencil from "lucide-solid/icons/pencil";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { instance } from "~/app/session";
import { addPasskey, passkeysWork } from "~/auth/passkey";
import { stamp } from "~/message/time";
import { own } from "~/net/rest";
import { Button, Empty, Field, IconButton, toast } from "~/ui";
import type { Id } from "~/wire";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { Card, Line, Section } from "../parts";
import { Password } from "./Account";
import { deviceOf } from "./agent";
import { type Code, KeepCodes } from "./Codes";

interface Passkey {
  id: Id;
  name: string;
  created_at: string;
  last_used_at: string | null;
}

export function Passkeys() {
  const passkeys = createLoad(() => own.get<Passkey[]>("/passkeys"));
  const [adding, setAdding] = createSignal(false);
  const [removing, setRemoving] = createSignal<Passkey | null>(null);
  const [renaming, setRenaming] = createSignal<Passkey | null>(null);
  const [name, setName] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [codes, setCodes] = createSignal<Code[] | null>(null);
  // Browsers give passkeys to names, not to numbers.
  const numbered = /^[\d.]+$|^\[/.test(location.hostname);
  const works = () => instance()?.passkeys === true && passkeysWork() && !numbered;
  const add = () => {
    const device = deviceOf(navigator.userAgent);
    setName([device.browser.replace(/ \d+$/, ""), device.system].filter(Boolean).join(" on "));
    setPassword("");
    setAdding(true);
  };
  const finish = async () => {
    const made = await addPasskey(name().trim() || "Passkey", password());
    toast("The passkey is ready.", "good");
    setCodes(made.backup_codes ?? null);
    passkeys.again();
  };
  const rename = async () => {
    const next = await own.patch<Passkey>(`/passkeys/${renaming()?.id}`, { name: name().trim() });
    passkeys.change((all) => all.map((other) => (other.id === next.id ? next : other)));
  };
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await own.delete(`/passkeys/${one.id}`, { body: { password: password() } });
    passkeys.change((all) => all.filter((other) => other.id !== one.id));
  };
  return (
    <Section
      title="Passkeys"
      about="Log in with your fingerprint, your face or a security key, without a password."
      tools={
        <Show when={works()}>
          <Button small look="primary" onClick={add}>
            <Plus size={16} /> Add a passkey
          </Button>
        </Show>
      }
    >
      <Card flush>
        <Loaded load={passkeys} rows={1}>
          {(all) => (
            <For
              each={all()}
              fallback={
                <Empty icon={Fingerprint} title="No passkeys yet">
                  <p>
                    <Show when={!works()} fallback="Add one for each of your devices.">
                      <Show
                        when={instance()?.passkeys}
                        fallback="They need an https address with a name; this server has none."
                      >
                        <Show when={numbered} fallback="This browser does not offer them here.">
                          Browsers give them to names only: open this page at{" "}
                          <a href={`${location.protocol}//localhost:${location.port}${location.pathname}`}>localhost</a>{" "}
                          to add one.
                        </Show>
                      </Show>
                    </Show>
                  </p>
                </Empty>
              }
            >
              {(one) => (
                <Line
                  icon={Fingerprint}
                  label={one.name}
                  note={`Added ${stamp(one.created_at)} · ${one.last_used_at ? `used ${stamp(one.last_used_at)}` : "never used"}`}
                >
                  <IconButton
                    label={`Rename ${one.name}`}
                    onClick={() => {
                      setName(one.name);
                      setRenaming(one);
                    }}
                  >
                    <Pencil size={16} />
                  </IconButton>
                  <IconButton label={`Remove ${one.name}`} class="danger" onClick={() => {
                      setPassword("");
                      setRemoving(one);
                    }}
                  >
                    <Trash size={17} />
                  </IconButton>
                </Line>
              )}
            </For>
          )}
        </Loaded>
      </Card>
      <FormDialog
        open={adding()}
        onClose={() => setAdding(false)}
        title="Add a passkey"
        about="Your browser asks you to confirm with this device or a security key. From then on logging in with your password asks for it, too."
        action="Go on"
        fields={["name", "password"]}
        onSubmit={finish}
      >
        {(errors) => (
          <>
            <Field
              label="Name"
              value={name()}
              onChange={setName}
              maxLength={80}
              note="So that you know it again."
              error={errors().name}
            />
            <Password value={password()} onChange={setPassword} error={errors().password} autofocus />
          </>
        )}
      </FormDialog>
      <FormDialog
        open={renaming() !== null}
        onClose={() => setRenaming(null)}
        title="Rename the passkey"
        action="Rename"
        disabled={!name().trim()}
        fields={["name"]}
        onSubmit={rename}
      >
        {(errors) => (
          <Field label="Name" value={name()} onChange={setName} maxLength={100} autofocus error={errors().name} />
        )}
      </FormDialog>
      <FormDialog
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title={`Remove ${removing()?.name ?? "the passkey"}?`}
        about="It no longer logs you in. Your device may keep it until you delete it there."
        action="Remove"
        fields={["password"]}
        onSubmit={remove}
      >
        {(errors) => <Password value={password()} onChange={setPassword} error={errors().password} autofocus />}
      </FormDialog>
      <KeepCodes codes={codes()} onClose={() => setCodes(null)} />
    </Section>
  );
}
