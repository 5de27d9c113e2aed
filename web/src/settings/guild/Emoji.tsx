/** Emoji of a guild: uploaded, renamed, deleted. */
import Smile from "lucide-solid/icons/face-slightly-smiling";
import Trash from "lucide-solid/icons/trash";
import Upload from "lucide-solid/icons/upload";
import { createSignal, For, Show } from "solid-js";
import { Permission } from "~/guild/permissions";
import { explain } from "~/net/error";
import { emojiImage } from "~/net/cdn";
import { api } from "~/net/rest";
import { complain, Confirm, Empty, IconButton, toast } from "~/ui";
import { myId, nameOf } from "~/user/store";
import type { Emoji } from "~/wire";
import { choose, prepare } from "../image";
import { createLoad, Loaded } from "../load";
import { Section } from "../parts";
import { guildId, may } from "./context";
import { emojiName } from "./emoji-name";

const MOST_BYTES = 256 * 1024;
const MOST = 50;

export function EmojiPage() {
  const emojis = createLoad(() => api.get<Emoji[]>(`/guilds/${guildId()}/emojis`));
  const [left, setLeft] = createSignal(0);
  const [over, setOver] = createSignal(false);
  const [removing, setRemoving] = createSignal<Emoji | null>(null);
  const mayChange = (one: Emoji) => may(Permission.ManageExpressions) || (one.user?.id === myId() && may(1n << 43n));
  const upload = async (files: File[]) => {
    setLeft(files.length);
    for (const file of files) {
      try {
        const image = await prepare(file, MOST_BYTES, { width: 128 });
        const made = await api.post<Emoji>(`/guilds/${guildId()}/emojis`, { name: emojiName(file.name), image });
        emojis.change((all) => [...all, made]);
      } catch (error) {
        toast(`${file.name}: ${explain(error)}`, "bad");
      }
      setLeft((count) => count - 1);
    }
  };
  const rename = async (one: Emoji, name: string, input: HTMLInputElement) => {
    if (name === one.name) return;
    try {
      const next = await api.patch<Emoji>(`/guilds/${guildId()}/emojis/${one.id}`, { name });
      emojis.change((all) => all.map((other) => (other.id === one.id ? { ...other, ...next } : other)));
    } catch (error) {
      complain(error);
      input.value = one.name;
    }
  };
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await api.delete(`/guilds/${guildId()}/emojis/${one.id}`);
    emojis.change((all) => all.filter((other) => other.id !== one.id));
  };
  const kinds = (all: Emoji[]) => [
    { title: "Still", list: all.filter((one) => !one.animated) },
    { title: "Moving", list: all.filter((one) => one.animated) },
  ];
  return (
    <>
      <Show when={may(1n << 43n)}>
        <button
          type="button"
          class="drop"
          classList={{ over: over() }}
          disabled={left() > 0}
          onClick={() => void choose(true).then(upload)}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            void upload([...(event.dataTransfer?.files ?? [])]);
          }}
        >
          <span class="set-line-icon">
            <Upload size={20} />
          </span>
          <span class="grow">
            <span class="set-line-label">{left() > 0 ? `Uploading, ${left()} to go…` : "Upload emoji"}</span>
            <span class="field-note">
              Drop pictures here, or choose them. PNG, JPEG, WebP or GIF; large ones are made smaller. Names come from
              the files.
            </span>
          </span>
        </button>
      </Show>
      <Loaded load={emojis} rows={4}>
        {(all) => (
          <Show
            when={all().length > 0}
            fallback={
              <Empty icon={Smile} title="No emoji yet">
                <p>Faces of your members, marks of your ships: whatever you all know.</p>
              </Empty>
            }
          >
            <For each={kinds(all())}>
              {(kind) => (
                <Show when={kind.list.length > 0}>
                  <Section title={`${kind.title}: ${kind.list.length} of ${MOST}`}>
                    <ul class="emoji-list">
                      <For each={kind.list}>
                        {(one) => (
                          <li class="emoji-card">
                            <img src={emojiImage(one, 48)} alt="" width={44} height={44} loading="lazy" />
                            <div class="grow">
                              <Show when={mayChange(one)} fallback={<span class="emoji-name">:{one.name}:</span>}>
                                <input
                                  class="emoji-name"
                                  aria-label={`Name of ${one.name}`}
                                  value={one.name}
                                  maxLength={32}
                                  pattern="[A-Za-z0-9_]{2,32}"
                                  spellcheck={false}
                                  onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
                                  onChange={(event) =>
                                    void rename(one, event.currentTarget.value.trim(), event.currentTarget)
                                  }
                                />
                              </Show>
                              <span class="who-sub truncate">{one.user ? nameOf(one.user) : ""}</span>
                            </div>
                            <Show when={mayChange(one)}>
                              <IconButton label={`Delete ${one.name}`} class="danger" onClick={() => setRemoving(one)}>
                                <Trash size={16} />
                              </IconButton>
                            </Show>
                          </li>
                        )}
                      </For>
                    </ul>
                  </Section>
                </Show>
              )}
            </For>
          </Show>
        )}
      </Loaded>
      <Confirm
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title={`Delete :${removing()?.name ?? ""}:?`}
        about="Messages that use it show its name instead."
        action="Delete"
        onConfirm={remove}
      />
    </>
  );
}
