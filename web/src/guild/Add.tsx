/** A guild more: a new one, or one that somebody invites to. */
import { createSignal, Show } from "solid-js";
import { navigate } from "~/app/router";
import { instance } from "~/app/session";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import type { Asked } from "~/dialog/Dialogs";
import { accept } from "~/invite/accept";
import { api } from "~/net/rest";
import { Button, Dialog, Field } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import { account, nameOf } from "~/user/store";
import type { Guild } from "~/wire";

/** The code out of whatever was pasted: a link, or the code itself. */
export const codeOf = (text: string): string => text.trim().replace(/[/?#]+$/, "").split("/").at(-1)?.split(/[?#]/)[0] ?? "";

export default function AddGuild(props: Asked<"add-guild">) {
  const [way, setWay] = createSignal<"new" | "join">("new");
  const [name, setName] = createSignal(account.me ? `${nameOf(account.me)}'s place` : "");
  const [link, setLink] = createSignal("");
  const create = createForm(async () => {
    const guild = await api.post<Guild>("/guilds", { name: name().trim() });
    props.onClose();
    navigate(`/channels/${guild.id}`);
  }, ["name"]);
  const join = createForm(async () => {
    await accept(codeOf(link()));
    props.onClose();
  });
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Add a guild"
      about={way() === "new" ? "A guild is where you and your people meet. You can change everything later." : "Paste the link that somebody gave you."}
    >
      <Tabs
        label="How"
        value={way()}
        onChange={setWay}
        options={[
          { value: "new", label: "Make one" },
          { value: "join", label: "Join with an invite" },
        ]}
      />
      <Show
        when={way() === "new"}
        fallback={
          <form class="stack" onSubmit={join.submit}>
            <Problem text={join.problem()} />
            <Field label="Invite link" value={link()} onChange={setLink} placeholder={`${location.origin}/invite/…`} required autofocus />
            <Button look="primary" wide type="submit" busy={join.busy()} disabled={!codeOf(link())}>
              Join
            </Button>
          </form>
        }
      >
        <form class="stack" onSubmit={create.submit}>
          <Problem text={create.problem()} />
          <Field label="Name" value={name()} onChange={setName} maxLength={100} required autofocus error={create.errors().name} />
          <Button look="primary" wide type="submit" busy={create.busy()} disabled={name().trim().length < 2}>
            Create
          </Button>
        </form>
      </Show>
      <Show when={instance()?.discovery !== false}>
        <p class="field-note">
          Nobody invited you?{" "}
          <button
            type="button"
            class="link"
            onClick={() => {
              props.onClose();
              navigate("/discover");
            }}
          >
            Find a guild that is open to everybody
          </button>
        </p>
      </Show>
    </Dialog>
  );
}
