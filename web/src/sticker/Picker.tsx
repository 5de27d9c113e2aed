/** Choosing a sticker: it is sent at once. */
import Sticker_ from "lucide-solid/icons/sticker";
import { createMemo, createSignal, For, Show } from "solid-js";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { guildList } from "~/guild/store";
import { api } from "~/net/rest";
import { attempt, Empty, Popover } from "~/ui";
import type { Channel, Sticker } from "~/wire";
import { StickerPicture } from "./Picture";
import "./sticker.css";

/** Guilds with stickers that may be used in a channel, its own guild first. */
function shelves(channel: Channel): { name: string; stickers: Sticker[] }[] {
  const abroad = !channel.guild_id || can(channel, Permission.UseExternalStickers);
  return guildList()
    .filter((guild) => (guild.stickers?.length ?? 0) > 0 && (guild.id === channel.guild_id || abroad))
    .sort((a, b) => Number(b.id === channel.guild_id) - Number(a.id === channel.guild_id))
    .map((guild) => ({ name: guild.name, stickers: (guild.stickers ?? []).filter((one) => one.available !== false) }));
}

export const hasStickers = (channel: Channel): boolean => shelves(channel).length > 0;

export function StickerPicker(props: { channel: Channel }) {
  const [open, setOpen] = createSignal(false);
  const [query, setQuery] = createSignal("");
  const found = createMemo(() => {
    const wanted = query().trim().toLowerCase();
    return shelves(props.channel)
      .map((shelf) => ({
        ...shelf,
        stickers: shelf.stickers.filter((one) => `${one.name} ${one.tags}`.toLowerCase().includes(wanted)),
      }))
      .filter((shelf) => shelf.stickers.length > 0);
  });
  const send = (sticker: Sticker) => {
    setOpen(false);
    void attempt(api.post(`/channels/${props.channel.id}/messages`, { sticker_ids: [sticker.id] }));
  };
  return (
    <Popover label="Stickers" trigger={<Sticker_ size={20} />} open={open()} onOpenChange={setOpen} contentClass="sticker-picker">
      <div class="sticker-frame">
        <input
          type="search"
          class="field-input"
          placeholder="Find a sticker"
          aria-label="Find a sticker"
          value={query()}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <div class="sticker-body">
          <For each={found()} fallback={<Empty icon={Sticker_} title="No such sticker" />}>
            {(shelf) => (
              <section>
                <h3 class="emoji-heading">{shelf.name}</h3>
                <div class="sticker-grid">
                  <For each={shelf.stickers}>
                    {(one) => (
                      <button type="button" class="sticker-cell" aria-label={one.name} title={one.name} onClick={() => send(one)}>
                        <StickerPicture sticker={one} size={84} />
                      </button>
                    )}
                  </For>
                </div>
              </section>
            )}
          </For>
        </div>
      </div>
    </Popover>
  );
}

/** Stickers of a message. */
export function Stickers(props: { items: readonly { id: string; name: string; format_type: number }[] | undefined }) {
  return (
    <Show when={props.items?.length}>
      <div class="stickers">
        <For each={props.items}>{(one) => <StickerPicture sticker={one} size={160} />}</For>
      </div>
    </Show>
  );
}
