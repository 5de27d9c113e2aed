/** Choosing a sticker: it is sent at once. */
import Sticker_ from "lucide-solid/icons/sticker";
import { createMemo, createSignal, For, Show } from "solid-js";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { guildList } from "~/guild/store";
import { api } from "~/net/rest";
import { attempt, Empty, Popover } from "~/ui";
import { found, Shelves } from "~/ui/Shelves";
import type { Channel, Sticker } from "~/wire";
import { StickerPicture } from "./Picture";
import "./sticker.css";

/** Guilds with stickers that may be used in a channel, its own guild first. */
function shelvesOf(channel: Channel): { name: string; items: Sticker[] }[] {
  const abroad = !channel.guild_id || can(channel, Permission.UseExternalStickers);
  return guildList()
    .filter((guild) => (guild.stickers?.length ?? 0) > 0 && (guild.id === channel.guild_id || abroad))
    .sort((a, b) => Number(b.id === channel.guild_id) - Number(a.id === channel.guild_id))
    .map((guild) => ({ name: guild.name, items: (guild.stickers ?? []).filter((one) => one.available !== false) }));
}

export const hasStickers = (channel: Channel): boolean => shelvesOf(channel).length > 0;

export function StickerPicker(props: { channel: Channel }) {
  const [open, setOpen] = createSignal(false);
  const [query, setQuery] = createSignal("");
  const shelves = createMemo(() => found(shelvesOf(props.channel), query(), (one) => `${one.name} ${one.tags}`));
  const send = (sticker: Sticker) => {
    setOpen(false);
    void attempt(api.post(`/channels/${props.channel.id}/messages`, { sticker_ids: [sticker.id] }));
  };
  return (
    <Popover label="Stickers" trigger={<Sticker_ size={20} />} open={open()} onOpenChange={setOpen} contentClass="sticker-picker">
      <Shelves
        label="Find a sticker"
        query={query()}
        onQuery={setQuery}
        shelves={shelves()}
        grid="sticker-grid"
        fallback={<Empty icon={Sticker_} title="No such sticker" />}
      >
        {(one) => (
          <button type="button" class="sticker-cell" aria-label={one.name} title={one.name} onClick={() => send(one)}>
            <StickerPicture sticker={one} size={84} />
          </button>
        )}
      </Shelves>
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
