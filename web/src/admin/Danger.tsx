/** What an owner does once, if ever. */
import UserX from "lucide-solid/icons/user-x";
import { createSignal } from "solid-js";
import { instance } from "~/app/session";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Password } from "~/settings/me/Account";
import { Card, Line, Section } from "~/settings/parts";
import { Button, Field, toast } from "~/ui";

export function Danger() {
  const [open, setOpen] = createSignal(false);
  const [password, setPassword] = createSignal("");
  const [name, setName] = createSignal("");
  const remove = async () => {
    const { removed } = await own.post<{ removed: number }>("/admin/users/remove-others", { password: password() });
    toast(`${removed} accounts are gone.`, "info");
  };
  return (
    <Section
      title="Remove everybody else"
      danger
      about="All accounts but yours go for good, with their bots. What they wrote stays under nobody's name."
    >
      <Card flush>
        <Line icon={UserX} label="Begin anew, alone" note="There is no way back. Make a backup first.">
          <Button
            small
            look="danger"
            onClick={() => {
              setPassword("");
              setName("");
              setOpen(true);
            }}
          >
            Remove everybody else
          </Button>
        </Line>
      </Card>
      <FormDialog
        open={open()}
        onClose={() => setOpen(false)}
        title="Remove everybody else?"
        about="Every account but yours is deleted."
        action="Remove them all"
        danger
        disabled={name() !== instance()?.name}
        fields={["password"]}
        onSubmit={remove}
      >
        {(errors) => (
          <>
            <Field label={`Type ${instance()?.name ?? ""} to go on`} value={name()} onChange={setName} autofocus />
            <Password value={password()} onChange={setPassword} error={errors().password} />
          </>
        )}
      </FormDialog>
    </Section>
  );
}
