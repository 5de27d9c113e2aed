/** Webhooks: addresses at which other programs write into channels. */
import ChevronDown from "lucide-solid/icons/chevron-down";
import Copy from "lucide-solid/icons/copy";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import WebhookIcon from "lucide-solid/icons/webhook";
import { createSignal, For, Show } from "solid-js";
import { copyText } from "~/message/act";
import { stamp } from "~/message/time";
import { api } from "~/net/rest";
import { timeOf } from "~/net/snowflake";
import { Button, Choice, Confirm, Empty, Field, Picture } from "~/ui";
import { nameOf } from "~/user/store";
import type { Id, User } from "~/wire";
import { createDraft } from "../draft";
import { FormDialog } from "../FormDialog";
import { leave } from "../guard";
import { ImageField } from "../ImageField";
import { createLoad, Loaded } from "../load";
import { SaveBar } from "../SaveBar";
import { asOptions, guildId, textChannels } from "./context";

interface Webhook {
  id: Id;
  type: number;
  channel_id: Id | null;
  name: string | null;
  avatar: string | null;
  token?: string;
  url?: string;
  user?: User;
  source_guild?: { name: string };
  source_channel?: { name: string };
}

const face = (hook: Webhook, size: number): string | null =>
  hook.avatar ? `/cdn/avatars/${hook.id}/${hook.avatar}.webp?size=${size > 64 ? 256 : 128}` : null;

/** At the address the page came from, whatever name the server knows itself by. */
const addressOf = (hook: Webhook): string | null =>
  hook.token ? `${location.origin}/api/v10/webhooks/${hook.id}/${hook.token}` : null;

export function Webhooks() {
  const hooks = createLoad(() => api.get<Webhook[]>(`/guilds/${guildId()}/webhooks`));
  const [open, setOpen] = createSignal<Id | null>(null);
  const [making, setMaking] = createSignal(false);
  const [name, setName] = createSignal("");
  const [channel, setChannel] = createSignal("");
  const [removing, setRemoving] = createSignal<Webhook | null>(null);
  const options = () => asOptions(textChannels(), "").slice(1);
  const make = async () => {
    const made = await api.post<Webhook>(`/channels/${channel()}/webhooks`, { name: name().trim() });
    hooks.change((all) => [...all, made]);
    setOpen(made.id);
  };
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await api.delete(`/webhooks/${one.id}`);
    hooks.change((all) => all.filter((other) => other.id !== one.id));
  };
  const where = (hook: Webhook) => textChannels().find((one) => one.id === hook.channel_id)?.name ?? "unknown";
  return (
    <section class="set-section">
      <div class="set-tools">
        <span class="set-count grow">
          Other programs write here with them: also those that speak GitHub's or Slack's language.
        </span>
        <Button
          small
          look="primary"
          disabled={options().length === 0}
          onClick={() => {
            setName("");
            setChannel(options()[0]?.value ?? "");
            setMaking(true);
          }}
        >
          <Plus size={16} /> New webhook
        </Button>
      </div>
      <Loaded load={hooks}>
        {(all) => (
          <div class="set-card flush">
            <For
              each={all()}
              fallback={
                <Empty icon={WebhookIcon} title="No webhooks">
                  <p>Make one to let your forge, your calendar or your fridge report.</p>
                </Empty>
              }
            >
              {(hook) => (
                <div class="hook">
                  <button
                    type="button"
                    class="set-row row-button"
                    aria-expanded={open() === hook.id}
                    onClick={() => leave(() => setOpen(open() === hook.id ? null : hook.id))}
                  >
                    <span class="guild-face round">
                      <Picture src={face(hook, 44)} name={hook.name ?? "?"} id={hook.id} size={44} />
                    </span>
                    <span class="grow">
                      <span class="who-name">{hook.name}</span>
                      <span class="who-sub">
                        {hook.type === 2
                          ? `follows ${hook.source_guild?.name ?? "a guild"} #${hook.source_channel?.name ?? ""} in`
                          : "in"}{" "}
                        #{where(hook)} · made {hook.user ? `by ${nameOf(hook.user)} ` : ""}
                        {stamp(timeOf(hook.id))}
                      </span>
                    </span>
                    <ChevronDown size={18} class="hook-arrow" />
                  </button>
                  <Show when={open() === hook.id}>
                    <Editor
                      hook={hook}
                      onChange={(next) =>
                        hooks.change((list) =>
                          list.map((other) => (other.id === next.id ? { ...other, ...next } : other)),
                        )
                      }
                      onRemove={() => setRemoving(hook)}
                    />
                  </Show>
                </div>
              )}
            </For>
          </div>
        )}
      </Loaded>
      <FormDialog
        open={making()}
        onClose={() => setMaking(false)}
        title="New webhook"
        action="Make it"
        fields={["name"]}
        onSubmit={make}
      >
        {(errors) => (
          <>
            <Field
              label="Name"
              value={name()}
              onChange={setName}
              maxLength={80}
              autofocus
              required
              error={errors().name}
            />
            <Choice label="Channel" value={channel()} onChange={setChannel} options={options()} />
          </>
        )}
      </FormDialog>
      <Confirm
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title={`Delete ${removing()?.name ?? "the webhook"}?`}
        about="Programs that have its address can no longer write."
        action="Delete"
        onConfirm={remove}
      />
    </section>
  );
}

function Editor(props: { hook: Webhook; onChange: (next: Webhook) => void; onRemove: () => void }) {
  const draft = createDraft(
    () => ({ name: props.hook.name ?? "", channel_id: props.hook.channel_id ?? "", avatar: props.hook.avatar }),
    async (changes) => props.onChange(await api.patch<Webhook>(`/webhooks/${props.hook.id}`, changes)),
    { check: (all) => (all.name.trim() ? {} : { name: "It needs a name." }) },
  );
  const picture = () => {
    const value = draft.value("avatar");
    return value?.startsWith("data:") ? value : value ? face(props.hook, 96) : null;
  };
  return (
    <div class="hook-body">
      <ImageField
        label="Picture"
        shape="round"
        src={picture()}
        most={5 * 1024 * 1024}
        error={draft.errors().avatar}
        onChange={(value) => draft.set("avatar", value)}
        fallback={<Picture src={null} name={draft.value("name") || "?"} id={props.hook.id} size={88} />}
      />
      <div class="set-pair">
        <Field
          label="Name"
          value={draft.value("name")}
          onChange={(value) => draft.set("name", value)}
          maxLength={80}
          error={draft.errors().name}
        />
        <Choice
          label="Channel"
          value={draft.value("channel_id")}
          onChange={(value) => draft.set("channel_id", value)}
          options={asOptions(textChannels(), "").slice(1)}
          error={draft.errors().channel_id}
        />
      </div>
      <div class="row" style={{ "flex-wrap": "wrap" }}>
        <Show when={addressOf(props.hook)}>
          {(address) => (
            <Button small onClick={() => void copyText(address(), "Address copied. Whoever has it can write.")}>
              <Copy size={15} /> Copy the address
            </Button>
          )}
        </Show>
        <Button small look="danger" onClick={() => props.onRemove()}>
          <Trash size={15} /> Delete
        </Button>
      </div>
      <SaveBar draft={draft} />
    </div>
  );
}
