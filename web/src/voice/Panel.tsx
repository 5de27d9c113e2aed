/** Over the chat of a voice channel: who is there, and coming and going. */
import HeadphoneOff from "lucide-solid/icons/headphone-off";
import LogOut from "lucide-solid/icons/log-out";
import MicOff from "lucide-solid/icons/mic-off";
import Volume from "lucide-solid/icons/volume-2";
import { For, type JSX, Show } from "solid-js";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { displayName } from "~/member/store";
import { entriesOfMember } from "~/member/menu";
import { inVoice } from "~/presence/store";
import { SoundBoard } from "~/sound/Board";
import { playedBy } from "~/sound/store";
import { Avatar, Button, menuOn } from "~/ui";
import { openProfile } from "~/user/popover";
import { myId, users } from "~/user/store";
import type { Channel, User, VoiceState } from "~/wire";
import { MuteButtons } from "./Mute";
import { join, leave, sitsIn, stateIn } from "./store";
import "./voice.css";

export function VoicePanel(props: { channel: Channel }) {
  const there = () => inVoice(props.channel.guild_id ?? "", props.channel.id);
  const full = () => {
    const most = props.channel.user_limit ?? 0;
    return most > 0 && there().length >= most && !can(props.channel, Permission.MoveMembers);
  };
  return (
    <section class="voice-panel" aria-label="In voice">
      <Show
        when={there().length > 0}
        fallback={<p class="voice-none">Nobody is here. Whoever joins is seen by all who see the channel.</p>}
      >
        <ul class="voice-people">
          <For each={there()}>{(state) => <Seat channel={props.channel} state={state} />}</For>
        </ul>
      </Show>
      <Controls channel={props.channel}>
        <Show
          when={sitsIn(props.channel.id)}
          fallback={
            <Button look="good" disabled={!can(props.channel, Permission.Connect) || full()} onClick={() => join(props.channel)}>
              <Volume size={17} /> {full() ? "It is full" : "Join"}
            </Button>
          }
        >
          <MuteButtons />
          <SoundBoard channel={props.channel} />
        </Show>
      </Controls>
    </section>
  );
}

/** What everybody has who is in: a way out, and a word about what this client does not do. */
export function Controls(props: { channel: Channel; children: JSX.Element }) {
  const elsewhere = () =>
    stateIn(props.channel.guild_id)?.channel_id === props.channel.id && !sitsIn(props.channel.id);
  return (
    <>
      <div class="voice-tools">
        {props.children}
        <Show when={sitsIn(props.channel.id)}>
          <Button look="danger" onClick={leave}>
            <LogOut size={16} /> Leave
          </Button>
        </Show>
      </div>
      <Show when={elsewhere()}>
        <p class="voice-note">You are here on another device. Joining brings you to this one.</p>
      </Show>
      <Show when={sitsIn(props.channel.id)}>
        <p class="voice-note">You are seen here and hear the soundboard. This client does not carry voices yet.</p>
      </Show>
    </>
  );
}

const nobody = (id: string): User => ({ id, username: "Somebody", global_name: null, avatar: null }) as User;

/** Somebody in voice. */
export function Seat(props: { channel: Channel; state: VoiceState; children?: JSX.Element }) {
  const user = () => users[props.state.user_id] ?? nobody(props.state.user_id);
  const guild = () => props.channel.guild_id;
  const silent = () => props.state.self_mute || props.state.mute;
  const played = () => playedBy(props.channel.id, props.state.user_id);
  return (
    <li class="voice-seat" classList={{ me: props.state.user_id === myId() }}>
      <button
        type="button"
        class="voice-who"
        onClick={(event) => openProfile(props.state.user_id, guild(), event.currentTarget)}
        {...menuOn(() => entriesOfMember(props.state.user_id, guild()))}
      >
        <span class="voice-face">
          <Avatar user={user()} size={56} />
          <Show when={played()}>{(effect) => <span class="voice-effect">{effect().emoji?.name ?? "🔊"}</span>}</Show>
        </span>
        <span class="voice-name">
          <span class="truncate">{displayName(guild(), user())}</span>
          <Show when={silent()}>
            <MicOff size={14} aria-label="Muted" />
          </Show>
          <Show when={props.state.self_deaf || props.state.deaf}>
            <HeadphoneOff size={14} aria-label="Hears nothing" />
          </Show>
        </span>
      </button>
      {props.children}
    </li>
  );
}
