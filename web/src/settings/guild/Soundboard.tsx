/** Sounds of a guild: uploaded, tried, renamed, deleted. */
import Music from "lucide-solid/icons/music";
import Pencil from "lucide-solid/icons/pencil";
import Play from "lucide-solid/icons/play";
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { Permission } from "~/guild/permissions";
import { api } from "~/net/rest";
import { Face } from "~/emoji/Face";
import { Button, complain, Confirm, Empty, Field, IconButton } from "~/ui";
import { myId, nameOf } from "~/user/store";
import type { PartialEmoji, Sound } from "~/wire";
import { EmojiField } from "../EmojiField";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { Card, Line, Section } from "../parts";
import { guildId, may } from "./context";

const MOST_BYTES = 512 * 1024;

const dataOf = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error("The file could not be read."));
    reader.readAsDataURL(file);
  });

function play(sound: Sound): void {
  const audio = new Audio(`/cdn/soundboard-sounds/${sound.sound_id}`);
  audio.volume = Math.max(0, Math.min(1, sound.volume));
  audio.play().catch(complain);
}

export function SoundboardPage() {
  const path = () => `/guilds/${guildId()}/soundboard-sounds`;
  const sounds = createLoad(() => api.get<{ items: Sound[] }>(path()).then((found) => found.items));
  const [editing, setEditing] = createSignal<Sound | "new" | null>(null);
  const [removing, setRemoving] = createSignal<Sound | null>(null);
  const mayChange = (one: Sound) =>
    may(Permission.ManageExpressions) || (one.user?.id === myId() && may(Permission.CreateExpressions));
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await api.delete(`${path()}/${one.sound_id}`);
    sounds.change((all) => all.filter((other) => other.sound_id !== one.sound_id));
  };
  return (
    <Section
      about="Short sounds for voice channels: MP3 or Ogg, five seconds and 512 kB at most."
      tools={
        <Show when={may(Permission.CreateExpressions)}>
          <Button small look="primary" onClick={() => setEditing("new")}>
            <Plus size={16} /> Upload a sound
          </Button>
        </Show>
      }
    >
      <Loaded load={sounds} rows={3}>
        {(all) => (
          <Card flush>
            <For
              each={all()}
              fallback={
                <Empty icon={Music} title="No sounds yet">
                  <p>A foghorn, a bell, a laugh: whatever your voices need.</p>
                </Empty>
              }
            >
              {(one) => (
                <Line
                  label={
                    <span class="row">
                      <Show when={one.emoji_id || one.emoji_name}>
                        <Face emoji={{ id: one.emoji_id, name: one.emoji_name }} size={20} />
                      </Show>
                      {one.name}
                    </span>
                  }
                  note={`${Math.round(one.volume * 100)} %${one.user ? ` · ${nameOf(one.user)}` : ""}`}
                >
                  <IconButton label={`Play ${one.name}`} onClick={() => play(one)}>
                    <Play size={16} />
                  </IconButton>
                  <Show when={mayChange(one)}>
                    <IconButton label={`Edit ${one.name}`} onClick={() => setEditing(one)}>
                      <Pencil size={15} />
                    </IconButton>
                    <IconButton label={`Delete ${one.name}`} class="danger" onClick={() => setRemoving(one)}>
                      <Trash size={16} />
                    </IconButton>
                  </Show>
                </Line>
              )}
            </For>
          </Card>
        )}
      </Loaded>
      <Show when={editing()} keyed>
        {(one) => (
          <SoundDialog
            path={path()}
            sound={one === "new" ? undefined : one}
            onClose={() => setEditing(null)}
            onSaved={(next) =>
              sounds.change((all) =>
                all.some((other) => other.sound_id === next.sound_id)
                  ? all.map((other) => (other.sound_id === next.sound_id ? { ...other, ...next } : other))
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
        about="Nobody can play it any more."
        action="Delete"
        onConfirm={remove}
      />
    </Section>
  );
}

function SoundDialog(props: {
  path: string;
  sound: Sound | undefined;
  onClose: () => void;
  onSaved: (sound: Sound) => void;
}) {
  const [name, setName] = createSignal(props.sound?.name ?? "");
  const [volume, setVolume] = createSignal(Math.round((props.sound?.volume ?? 1) * 100));
  const [emoji, setEmoji] = createSignal<PartialEmoji>({
    id: props.sound?.emoji_id ?? null,
    name: props.sound?.emoji_name ?? null,
  });
  const [file, setFile] = createSignal<File | null>(null);
  const save = async () => {
    const fields = {
      name: name().trim(),
      volume: volume() / 100,
      emoji_id: emoji().id ?? null,
      emoji_name: emoji().id ? null : (emoji().name ?? null),
    };
    const chosen = file();
    if (props.sound) props.onSaved(await api.patch<Sound>(`${props.path}/${props.sound.sound_id}`, fields));
    else if (chosen) {
      if (chosen.size > MOST_BYTES) throw new Error("512 kB at most.");
      props.onSaved(await api.post<Sound>(props.path, { ...fields, sound: await dataOf(chosen) }));
    }
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={props.sound ? "Edit the sound" : "Upload a sound"}
      action={props.sound ? "Save" : "Upload"}
      disabled={!name().trim() || (!props.sound && !file())}
      fields={["name", "sound", "volume"]}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Show when={!props.sound}>
            <label class="field">
              <span class="field-label">File</span>
              <input
                type="file"
                class="field-input"
                accept="audio/mpeg,audio/ogg,.mp3,.ogg"
                onChange={(event) => {
                  const chosen = event.currentTarget.files?.[0] ?? null;
                  setFile(chosen);
                  if (chosen && !name()) setName(chosen.name.replace(/\.[^.]+$/, "").slice(0, 32));
                }}
              />
              <Show when={errors().sound}>
                <span class="field-error">{errors().sound}</span>
              </Show>
            </label>
          </Show>
          <div class="row prompt-head">
            <EmojiField label="Emoji" value={emoji()} onChange={setEmoji} />
            <Field label="Name" value={name()} onChange={setName} maxLength={32} required error={errors().name} />
          </div>
          <label class="field">
            <span class="field-label">Volume: {volume()} %</span>
            <input
              type="range"
              class="range"
              min={0}
              max={100}
              step={5}
              value={volume()}
              onInput={(event) => setVolume(Number(event.currentTarget.value))}
            />
          </label>
        </>
      )}
    </FormDialog>
  );
}
