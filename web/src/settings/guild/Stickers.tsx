/** Stickers of a guild: uploaded, renamed, deleted. */
import Pencil from "lucide-solid/icons/pencil";
import Plus from "lucide-solid/icons/plus";
import StickerIcon from "lucide-solid/icons/sticker";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { Permission } from "~/guild/permissions";
import { api } from "~/net/rest";
import { uploadForm } from "~/net/upload";
import { StickerPicture } from "~/sticker/Picture";
import { Button, Confirm, Empty, Field, IconButton } from "~/ui";
import { myId, nameOf } from "~/user/store";
import type { PartialEmoji, Sticker } from "~/wire";
import { EmojiField } from "../EmojiField";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { Card, Section } from "../parts";
import { guildId, may } from "./context";

const MOST_BYTES = 512 * 1024;

export function StickersPage() {
  const path = () => `/guilds/${guildId()}/stickers`;
  const stickers = createLoad(() => api.get<Sticker[]>(path()));
  const [editing, setEditing] = createSignal<Sticker | "new" | null>(null);
  const [removing, setRemoving] = createSignal<Sticker | null>(null);
  const mayChange = (one: Sticker) =>
    may(Permission.ManageExpressions) || (one.user?.id === myId() && may(Permission.CreateExpressions));
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await api.delete(`${path()}/${one.id}`);
    stickers.change((all) => all.filter((other) => other.id !== one.id));
  };
  return (
    <Section
      about="Large pictures to answer with: PNG, APNG, GIF or Lottie, 320 by 320 pixels, 512 kB at most."
      tools={
        <Show when={may(Permission.CreateExpressions)}>
          <Button small look="primary" onClick={() => setEditing("new")}>
            <Plus size={16} /> Upload a sticker
          </Button>
        </Show>
      }
    >
      <Loaded load={stickers} rows={3}>
        {(all) => (
          <Show
            when={all().length > 0}
            fallback={
              <Card>
                <Empty icon={StickerIcon} title="No stickers yet">
                  <p>Upload the first one: it stands beside the emoji when members write.</p>
                </Empty>
              </Card>
            }
          >
            <ul class="sticker-list">
              <For each={all()}>
                {(one) => (
                  <li class="sticker-card">
                    <StickerPicture sticker={one} size={96} />
                    <span class="who-name truncate">{one.name}</span>
                    <span class="who-sub truncate">{one.user ? nameOf(one.user) : one.tags}</span>
                    <Show when={mayChange(one)}>
                      <span class="row">
                        <IconButton label={`Edit ${one.name}`} onClick={() => setEditing(one)}>
                          <Pencil size={15} />
                        </IconButton>
                        <IconButton label={`Delete ${one.name}`} class="danger" onClick={() => setRemoving(one)}>
                          <Trash size={16} />
                        </IconButton>
                      </span>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Loaded>
      <Show when={editing()} keyed>
        {(one) => (
          <StickerDialog
            path={path()}
            sticker={one === "new" ? undefined : one}
            onClose={() => setEditing(null)}
            onSaved={(next) =>
              stickers.change((all) =>
                all.some((other) => other.id === next.id)
                  ? all.map((other) => (other.id === next.id ? { ...other, ...next } : other))
                  : [...all, next],
              )
            }
          />
        )}
      </Show>
      <Confirm
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title={`Delete ${removing()?.name ?? ""}?`}
        about="Messages that have it show its name instead."
        action="Delete"
        onConfirm={remove}
      />
    </Section>
  );
}

function StickerDialog(props: {
  path: string;
  sticker: Sticker | undefined;
  onClose: () => void;
  onSaved: (sticker: Sticker) => void;
}) {
  const [name, setName] = createSignal(props.sticker?.name ?? "");
  const [about, setAbout] = createSignal(props.sticker?.description ?? "");
  const [emoji, setEmoji] = createSignal<PartialEmoji>({ id: null, name: props.sticker?.tags ?? null });
  const [file, setFile] = createSignal<File | null>(null);
  const save = async () => {
    const fields = { name: name().trim(), description: about().trim(), tags: emoji().name ?? "" };
    const chosen = file();
    if (props.sticker) {
      props.onSaved(await api.patch<Sticker>(`${props.path}/${props.sticker.id}`, fields));
    } else if (chosen) {
      const form = new FormData();
      for (const [key, value] of Object.entries(fields)) form.append(key, value);
      form.append("file", chosen, chosen.name);
      props.onSaved(await uploadForm<Sticker>(props.path, form, () => {}).done);
    }
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={props.sticker ? "Edit the sticker" : "Upload a sticker"}
      action={props.sticker ? "Save" : "Upload"}
      disabled={!name().trim() || !emoji().name || (!props.sticker && !file())}
      fields={["name", "description", "tags", "file"]}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Show when={!props.sticker}>
            <label class="field">
              <span class="field-label">File</span>
              <input
                type="file"
                class="field-input"
                accept="image/png,image/apng,image/gif,application/json,.json"
                onChange={(event) => {
                  const chosen = event.currentTarget.files?.[0] ?? null;
                  setFile(chosen);
                  if (chosen && !name()) setName(chosen.name.replace(/\.[^.]+$/, "").slice(0, 30));
                }}
              />
              <Show when={(file()?.size ?? 0) > MOST_BYTES || errors().file}>
                <span class="field-error">{errors().file ?? "512 kB at most."}</span>
              </Show>
            </label>
          </Show>
          <div class="row prompt-head">
            <EmojiField label="Emoji that it stands for" value={emoji()} onChange={setEmoji} />
            <Field label="Name" value={name()} onChange={setName} maxLength={30} required error={errors().name ?? errors().tags} />
          </div>
          <Field
            label="Description (optional)"
            value={about()}
            onChange={setAbout}
            maxLength={100}
            note="Read out to those who do not see it."
            error={errors().description}
          />
        </>
      )}
    </FormDialog>
  );
}
