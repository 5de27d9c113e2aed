/** The end of an account. Who owns guilds hands them over first. */
import { createEffect, createSignal, For, on, Show } from "solid-js";
import { forgetAccount } from "~/app/session";
import { guildList } from "~/guild/store";
import { api } from "~/net/rest";
import { Field } from "~/ui";
import { account, myId } from "~/user/store";
import { FormDialog } from "../FormDialog";
import { Password } from "./Account";

export function DeleteAccount(props: { open: boolean; onClose: () => void }) {
  const [password, setPassword] = createSignal("");
  const [name, setName] = createSignal("");
  const owned = () => guildList().filter((guild) => guild.owner_id === myId());
  createEffect(
    on(
      () => props.open,
      () => {
        setPassword("");
        setName("");
      },
    ),
  );
  const remove = async () => {
    await api.post("/users/@me/delete", { password: password() });
    forgetAccount();
  };
  return (
    <FormDialog
      open={props.open}
      onClose={props.onClose}
      title="Delete your account?"
      about="You leave every guild and conversation, and nobody can give the account back to you."
      action="Delete for good"
      danger
      disabled={name() !== account.me?.username}
      fields={["password"]}
      onSubmit={remove}
    >
      {(errors) => (
        <>
          <Show when={owned().length > 0}>
            <div class="notice notice-warn">
              <div>
                You own guilds that go to somebody else, or away if nobody is left:{" "}
                <For each={owned()}>{(guild, index) => `${index() > 0 ? ", " : ""}${guild.name}`}</For>.
              </div>
            </div>
          </Show>
          <Field
            label={`Type ${account.me?.username ?? ""} to go on`}
            value={name()}
            onChange={setName}
            autofocus
          />
          <Password value={password()} onChange={setPassword} error={errors().password} />
        </>
      )}
    </FormDialog>
  );
}
