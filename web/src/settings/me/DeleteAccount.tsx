/** The end of an account. Who owns guilds hands them over first. */
import { createEffect, createSignal, For, on, Show } from "solid-js";
import { follow } from "~/app/router";
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
      disabled={name() !== account.me?.username || owned().length > 0}
      fields={["password"]}
      onSubmit={remove}
    >
      {(errors) => (
        <>
          <Show when={owned().length > 0}>
            <div class="notice notice-warn" role="alert">
              <div>
                You own guilds. Hand them over or delete them first:
                <ul class="owned">
                  <For each={owned()}>
                    {(guild) => (
                      <li>
                        <a href={`/guilds/${guild.id}/settings/danger`} onClick={follow}>
                          {guild.name}
                        </a>
                      </li>
                    )}
                  </For>
                </ul>
              </div>
            </div>
          </Show>
          <Field label={`Type ${account.me?.username ?? ""} to go on`} value={name()} onChange={setName} autofocus />
          <Password value={password()} onChange={setPassword} error={errors().password} />
        </>
      )}
    </FormDialog>
  );
}
