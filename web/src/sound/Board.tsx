/** Sounds to play where one is in voice. */
import Music from "lucide-solid/icons/music";
import { createMemo, createSignal, Show } from "solid-js";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { guildList, guilds } from "~/guild/store";
import { createLoaded } from "~/net/loaded";
import { Face } from "~/emoji/Face";
import { attempt, Empty, Failed, Popover } from "~/ui";
import { found, Shelves } from "~/ui/Shelves";
import type { Channel, Sound } from "~/wire";
import { commonSounds, send, soundsOf } from "./store";
import "./sound.css";

const NEEDED = Permission.Speak | Permission.UseSoundboard;

export function SoundBoard(props: { channel: Channel }) {
  return (
    <Show when={can(props.channel, NEEDED)}>
      <Popover label="Soundboard" placement="bottom" trigger={<Music size={19} />} contentClass="sound-board">
        <Board channel={props.channel} />
      </Popover>
    </Show>
  );
}

function Board(props: { channel: Channel }) {
  const [query, setQuery] = createSignal("");
  const common = createLoaded(() => true, commonSounds);
  const shelves = createMemo(() => {
    const here = props.channel.guild_id ?? "";
    const abroad = can(props.channel, Permission.UseExternalSounds);
    const others = abroad ? guildList().filter((guild) => guild.id !== here) : [];
    const all = [
      { name: guilds[here]?.name ?? "", items: soundsOf(here) },
      { name: "Everybody's", items: common.value() ?? [] },
      ...others.map((guild) => ({ name: guild.name, items: soundsOf(guild.id) })),
    ];
    return found(all, query(), (one) => one.name);
  });
  const play = (sound: Sound) => void attempt(send(props.channel, sound));
  return (
    <Shelves
      label="Find a sound"
      query={query()}
      onQuery={setQuery}
      shelves={shelves()}
      grid="sound-grid"
      fallback={
        <Show when={common.error()} fallback={<Empty icon={Music} title="No such sound" />}>
          <Failed error={common.error()} onRetry={() => common.again()} />
        </Show>
      }
    >
      {(one) => (
        <button type="button" class="sound-key" title={one.name} onClick={() => play(one)}>
          <Show when={one.emoji_id || one.emoji_name} fallback={<Music size={16} />}>
            <Face emoji={{ id: one.emoji_id, name: one.emoji_name }} size={18} />
          </Show>
          <span class="truncate">{one.name}</span>
        </button>
      )}
    </Shelves>
  );
}
