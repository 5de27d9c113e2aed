/** Handing the guild over, and its end. */
import Crown from "lucide-solid/icons/crown";
import Trash from "lucide-solid/icons/trash";
import { createMemo, createSignal, For, Show } from "solid-js";
import { navigate } from "~/app/router";
import { updateGuild } from "~/guild/store";
import { api } from "~/net/rest";
import { Avatar, Button, Field, toast } from "~/ui";
import { myId } from "~/user/store";
import type { Guild } from "~/wire";
import { FormDialog } from "../FormDialog";
import { createLoad } from "../load";
import { Card, Line, SearchBox, Section } from "../parts";
import { guild, guildId } from "./context";
import { type Face, facesOf, fetchMembers, matches } from "./people";

export function Danger() {
  const [open, setOpen] = createSignal<"transfer" | "delete" | null>(null);
  return (
    <>
      <Section title="Hand it over" danger about="The new owner may do everything here. You stay as a member.">
        <Card flush>
          <Line icon={Crown} label="Give the guild to another member">
            <Button small look="danger" onClick={() => setOpen("transfer")}>
              Hand over
            </Button>
          </Line>
        </Card>
      </Section>
      <Section title="Delete" danger about="All channels, messages, files and roles go for good. There is no way back.">
        <Card flush>
          <Line icon={Trash} label={`Delete ${guild()?.name ?? "the guild"}`}>
            <Button small look="danger" onClick={() => setOpen("delete")}>
              Delete the guild
            </Button>
          </Line>
        </Card>
      </Section>
      <Show when={open() === "transfer"}>
        <Transfer onClose={() => setOpen(null)} />
      </Show>
      <Show when={open() === "delete"}>
        <Delete onClose={() => setOpen(null)} />
      </Show>
    </>
  );
}

function Transfer(props: { onClose: () => void }) {
  createLoad(() => fetchMembers(guildId()));
  const [query, setQuery] = createSignal("");
  const [heir, setHeir] = createSignal<Face | null>(null);
  const [name, setName] = createSignal("");
  const found = createMemo(() =>
    facesOf(guildId())
      .filter((face) => !face.user.bot && face.user.id !== myId() && matches(face, query()))
      .slice(0, 30),
  );
  const give = async () => {
    updateGuild(await api.patch<Guild>(`/guilds/${guildId()}`, { owner_id: heir()?.user.id }));
    toast(`${heir()?.name ?? "Somebody else"} owns the guild now.`, "good");
    navigate(`/guilds/${guildId()}/settings/overview`, { replace: true });
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title="Hand the guild over"
      about={
        heir()
          ? `${heir()?.name} will own ${guild()?.name ?? ""}. Only they can give it back.`
          : "Choose who owns it from now on."
      }
      action="Hand over"
      danger
      disabled={!heir() || name() !== guild()?.name}
      fields={[]}
      onSubmit={give}
    >
      {() => (
        <Show
          when={heir()}
          fallback={
            <>
              <SearchBox label="Search members" value={query()} onChange={setQuery} wide />
              <div class="sel-people">
                <For each={found()} fallback={<p class="muted">Nobody of that name.</p>}>
                  {(face) => (
                    <button type="button" class="who sel-person" onClick={() => setHeir(face)}>
                      <Avatar user={face.user} size={30} />
                      <span class="grow truncate">
                        {face.name} <span class="muted small">@{face.user.username}</span>
                      </span>
                    </button>
                  )}
                </For>
              </div>
            </>
          }
        >
          {(face) => (
            <>
              <div class="who">
                <Avatar user={face().user} size={44} />
                <span class="grow who-name">{face().name}</span>
                <Button small look="ghost" onClick={() => setHeir(null)}>
                  Somebody else
                </Button>
              </div>
              <Field label={`Type ${guild()?.name ?? ""} to go on`} value={name()} onChange={setName} autofocus />
            </>
          )}
        </Show>
      )}
    </FormDialog>
  );
}

function Delete(props: { onClose: () => void }) {
  const [name, setName] = createSignal("");
  const known = guild()?.name ?? "";
  const id = guildId();
  const remove = async () => {
    await api.delete(`/guilds/${id}`);
    toast(`${known} is gone.`, "info");
    navigate("/channels/@me", { replace: true, force: true });
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={`Delete ${known}?`}
      about="Everything in it goes for good, for everybody."
      action="Delete for good"
      danger
      disabled={name() !== known}
      fields={[]}
      onSubmit={remove}
    >
      {() => <Field label={`Type ${known} to go on`} value={name()} onChange={setName} autofocus />}
    </FormDialog>
  );
}
