/** Bots and other applications in a guild. */
import Bot from "lucide-solid/icons/bot";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { memberOf } from "~/member/store";
import { relative } from "~/message/time";
import { api, own } from "~/net/rest";
import { Avatar, Button, Choice, Confirm, Empty, Field, Picture, toast } from "~/ui";
import type { Id, User } from "~/wire";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { type Application, appIcon } from "../me/application";
import { namesOf } from "../permission/list";
import { BOT_PRESETS } from "../permission/presets";
import { guild, guildId } from "./context";

interface Integration {
  id: Id;
  name: string;
  type: string;
  application?: { id: Id; name: string; icon: string | null; description: string; bot?: User | null };
}

export function Bots() {
  const bots = createLoad(() => api.get<Integration[]>(`/guilds/${guildId()}/integrations`));
  const [adding, setAdding] = createSignal(false);
  const [removing, setRemoving] = createSignal<Integration | null>(null);
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await api.delete(`/guilds/${guildId()}/integrations/${one.id}`);
    bots.change((all) => all.filter((other) => other.id !== one.id));
  };
  const roleOfBot = (one: Integration) => guild()?.roles.find((role) => role.tags?.bot_id === one.application?.bot?.id);
  return (
    <section class="set-section">
      <div class="set-tools">
        <span class="set-count grow">Each comes with a role of its own, which says what it may do.</span>
        <Button small look="primary" onClick={() => setAdding(true)}>
          <Plus size={16} /> Add a bot
        </Button>
      </div>
      <Loaded load={bots}>
        {(all) => (
          <div class="set-card flush">
            <For
              each={all()}
              fallback={
                <Empty icon={Bot} title="No bots">
                  <p>Add one by its id, or one of your own.</p>
                </Empty>
              }
            >
              {(one) => (
                <div class="set-row who">
                  <Show
                    when={one.application?.bot}
                    fallback={
                      <span class="guild-face">
                        <Picture
                          src={one.application ? appIcon(one.application, 44) : null}
                          name={one.name}
                          id={one.id}
                          size={44}
                        />
                      </span>
                    }
                  >
                    {(bot) => <Avatar user={bot()} size={44} />}
                  </Show>
                  <div class="grow">
                    <span class="who-name">{one.name}</span>
                    <span class="who-sub">
                      {one.application?.description || "No description"}
                      <Show when={one.application?.bot && memberOf(guildId(), one.application.bot.id)}>
                        {(member) => <> · joined {relative(Date.parse(member().joined_at))}</>}
                      </Show>
                    </span>
                    <Show when={roleOfBot(one)}>
                      {(role) => (
                        <span class="who-sub">
                          May: {namesOf(BigInt(role().permissions)).slice(0, 6).join(", ") || "nothing of its own"}
                        </span>
                      )}
                    </Show>
                  </div>
                  <Button small onClick={() => setRemoving(one)}>
                    <Trash size={15} /> Remove<span class="visually-hidden"> {one.name}</span>
                  </Button>
                </div>
              )}
            </For>
          </div>
        )}
      </Loaded>
      <Show when={adding()}>
        <AddBot onClose={() => setAdding(false)} onDone={() => bots.again()} />
      </Show>
      <Confirm
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title={`Remove ${removing()?.name ?? "the bot"}?`}
        about="It leaves the guild, its role goes, and its commands with it."
        action="Remove"
        onConfirm={remove}
      />
    </section>
  );
}

function AddBot(props: { onClose: () => void; onDone: () => void }) {
  const [id, setId] = createSignal("");
  const [preset, setPreset] = createSignal<string>(BOT_PRESETS[1].value);
  const mine = createLoad(() => own.get<Application[]>("/applications"));
  const add = async () => {
    await own.put(`/guilds/${guildId()}/bots/${id().trim()}`, { permissions: preset() });
    toast("The bot is in.", "good");
    props.onDone();
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title="Add a bot"
      action="Add"
      disabled={!/^\d{15,20}$/.test(id().trim())}
      fields={["permissions"]}
      onSubmit={add}
    >
      {(errors) => (
        <>
          <Show when={(mine.value()?.length ?? 0) > 0}>
            <Choice
              label="One of your own"
              value={mine.value()?.some((one) => one.id === id()) ? id() : ""}
              onChange={setId}
              options={[
                { value: "", label: "Another one" },
                ...(mine.value() ?? []).map((one) => ({ value: one.id, label: one.name })),
              ]}
            />
          </Show>
          <Field
            label="Application id"
            value={id()}
            onChange={setId}
            inputMode="numeric"
            note="Whoever made the bot can tell you."
            required
          />
          <Choice
            label="What it may do"
            value={preset()}
            onChange={setPreset}
            options={BOT_PRESETS}
            note={errors().permissions ?? "You cannot give more than you have. Its role can be changed later."}
          />
        </>
      )}
    </FormDialog>
  );
}
