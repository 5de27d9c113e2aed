/** An account that staff makes for somebody: they choose their password by a link. */
import { createSignal, Show } from "solid-js";
import { own } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { Field } from "~/ui";
import { LinkDialog } from "./LinkDialog";
import type { PasswordLink, Person } from "./wire";

interface Made extends PasswordLink {
  user: Person;
}

export function NewPerson(props: { onClose: () => void; onMade: (person: Person) => void }) {
  const [username, setUsername] = createSignal("");
  const [email, setEmail] = createSignal("");
  const [made, setMade] = createSignal<Made | null>(null);
  const make = async () => {
    setMade(await own.post<Made>("/admin/users", { username: username().trim(), email: email().trim() }));
  };
  return (
    <>
      <FormDialog
        open={made() === null}
        // It closes itself when it was sent: then the link is shown.
        onClose={() => made() === null && props.onClose()}
        title="New account"
        about="Also where registration is closed. They choose their password by a link that you give them."
        action="Make account"
        disabled={!username().trim() || !email().trim()}
        fields={["username", "email"]}
        onSubmit={make}
      >
        {(errors) => (
          <>
            <Field
              label="Username"
              value={username()}
              onChange={setUsername}
              maxLength={24}
              note="3 to 24 letters, digits or underscores."
              autofocus
              required
              error={errors().username}
            />
            <Field label="Email" type="email" value={email()} onChange={setEmail} required error={errors().email} />
          </>
        )}
      </FormDialog>
      <Show when={made()}>
        {(one) => (
          <LinkDialog
            link={one()}
            name={one().user.username}
            title="The account is made"
            onClose={() => {
              props.onMade(one().user);
              props.onClose();
            }}
          />
        )}
      </Show>
    </>
  );
}
