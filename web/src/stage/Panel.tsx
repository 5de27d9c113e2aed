/** A stage: what it is about, who speaks, who asks to, and who listens. */
import Hand from "lucide-solid/icons/hand";
import Mic from "lucide-solid/icons/mic";
import MicVocal from "lucide-solid/icons/mic-vocal";
import Pencil from "lucide-solid/icons/pencil";
import Square from "lucide-solid/icons/square";
import UserMinus from "lucide-solid/icons/user-minus";
import X from "lucide-solid/icons/x";
import { createSignal, For, Show } from "solid-js";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { displayName } from "~/member/store";
import { api } from "~/net/rest";
import { inVoice } from "~/presence/store";
import { SoundBoard } from "~/sound/Board";
import { attempt, Button, Confirm, IconButton } from "~/ui";
import { myId, users } from "~/user/store";
import type { Channel, Id, VoiceState } from "~/wire";
import { MuteButtons } from "~/voice/Mute";
import { Controls, Seat } from "~/voice/Panel";
import { join, sitsIn, stateIn } from "~/voice/store";
import { dropStage, partOf, stages } from "./store";
import { StageDialog } from "./Topic";
import "./stage.css";

/** Who opens a stage and closes it. */
const MODERATOR = Permission.ManageChannels | Permission.MuteMembers | Permission.MoveMembers;

interface VoicePatch {
  suppress?: boolean;
  request_to_speak_timestamp?: string | null;
}

export function StagePanel(props: { channel: Channel }) {
  const [writing, setWriting] = createSignal(false);
  const [ending, setEnding] = createSignal(false);
  const stage = () => stages[props.channel.id];
  const guild = () => props.channel.guild_id ?? "";
  const there = () => inVoice(guild(), props.channel.id);
  const speakers = () => there().filter((one) => partOf(one) === "speaker");
  const listeners = () => there().filter((one) => partOf(one) !== "speaker");
  const asking = () =>
    there()
      .filter((one) => partOf(one) === "asking")
      .sort((a, b) => (a.request_to_speak_timestamp ?? "").localeCompare(b.request_to_speak_timestamp ?? ""));
  const runs = () => can(props.channel, MODERATOR);
  const decides = () => can(props.channel, Permission.MuteMembers);
  const put = (user: Id, patch: VoicePatch) =>
    void attempt(api.patch(`/guilds/${guild()}/voice-states/${user}`, { channel_id: props.channel.id, ...patch }));
  const nameOfState = (state: VoiceState) => {
    const user = users[state.user_id];
    return user ? displayName(guild(), user) : "Somebody";
  };
  return (
    <section class="voice-panel stage" aria-label="Stage">
      <Show
        when={stage()}
        fallback={
          <div class="stage-head">
            <div class="grow">
              <h2 class="stage-topic">Nothing is on this stage</h2>
              <p class="voice-note stage-about">
                {runs() ? "Say what it is about, and begin." : "Who keeps this stage begins; until then you can wait here."}
              </p>
            </div>
            <Show when={runs()}>
              <Button look="primary" onClick={() => setWriting(true)}>
                <MicVocal size={17} /> Begin
              </Button>
            </Show>
          </div>
        }
      >
        {(now) => (
          <div class="stage-head">
            <div class="grow">
              <span class="chip chip-good">Live</span>
              <h2 class="stage-topic">{now().topic}</h2>
              <p class="voice-note stage-about">
                {speakers().length} {speakers().length === 1 ? "speaks" : "speak"} · {listeners().length}{" "}
                {listeners().length === 1 ? "listens" : "listen"}
              </p>
            </div>
            <Show when={runs()}>
              <IconButton label="Change the topic" onClick={() => setWriting(true)}>
                <Pencil size={16} />
              </IconButton>
              <Button small look="danger" onClick={() => setEnding(true)}>
                <Square size={14} /> End
              </Button>
            </Show>
          </div>
        )}
      </Show>
      <Show when={speakers().length > 0}>
        <ul class="voice-people" aria-label="Speakers">
          <For each={speakers()}>
            {(state) => (
              <Seat channel={props.channel} state={state}>
                <Show when={decides() && state.user_id !== myId()}>
                  <IconButton
                    label={`Move ${nameOfState(state)} to the audience`}
                    onClick={() => put(state.user_id, { suppress: true })}
                  >
                    <UserMinus size={16} />
                  </IconButton>
                </Show>
              </Seat>
            )}
          </For>
        </ul>
      </Show>
      <Show when={decides() && asking().length > 0}>
        <div class="stage-asking">
          <h3 class="stage-title">Ask to speak: {asking().length}</h3>
          <ul aria-label="Who asks to speak">
            <For each={asking()}>
              {(state) => (
                <li class="stage-ask">
                  <Hand size={16} />
                  <span class="grow truncate">{nameOfState(state)}</span>
                  <Button small look="primary" onClick={() => put(state.user_id, { suppress: false })}>
                    Let speak<span class="visually-hidden"> {nameOfState(state)}</span>
                  </Button>
                  <IconButton
                    label={`Turn ${nameOfState(state)} down`}
                    onClick={() => put(state.user_id, { suppress: true })}
                  >
                    <X size={16} />
                  </IconButton>
                </li>
              )}
            </For>
          </ul>
        </div>
      </Show>
      <Show when={listeners().length > 0}>
        <div>
          <h3 class="stage-title">Audience: {listeners().length}</h3>
          <ul class="stage-audience" aria-label="Audience">
            <For each={listeners()}>
              {(state) => (
                <Listener
                  name={nameOfState(state)}
                  state={state}
                  mayInvite={decides() && state.user_id !== myId()}
                  onInvite={() => put(state.user_id, { suppress: false })}
                />
              )}
            </For>
          </ul>
        </div>
      </Show>
      <Mine channel={props.channel} decides={decides()} onPut={(patch) => put("@me", patch)} />
      <Show when={writing()}>
        <StageDialog channel={props.channel} stage={stage()} onClose={() => setWriting(false)} />
      </Show>
      <Confirm
        open={ending()}
        onClose={() => setEnding(false)}
        title={`End ${stage()?.topic ?? "the stage"}?`}
        about="Whoever is here stays; the topic goes, and the event that takes place here ends."
        action="End"
        onConfirm={async () => {
          await api.delete(`/stage-instances/${props.channel.id}`);
          dropStage({ channel_id: props.channel.id });
        }}
      />
    </section>
  );
}

function Listener(props: { name: string; state: VoiceState; mayInvite: boolean; onInvite: () => void }) {
  const part = () => partOf(props.state);
  return (
    <li class="chip stage-listener">
      <Show when={part() === "asking"}>
        <Hand size={13} aria-label="Asks to speak" />
      </Show>
      <span class="truncate">{props.name}</span>
      <Show when={part() === "invited"}>
        <span class="muted">· asked to speak</span>
      </Show>
      <Show when={props.mayInvite && part() === "listener"}>
        <button type="button" aria-label={`Ask ${props.name} to speak`} title="Ask to speak" onClick={() => props.onInvite()}>
          <Mic size={13} />
        </button>
      </Show>
    </li>
  );
}

/** What one does oneself: come, ask, speak, step back, go. */
function Mine(props: { channel: Channel; decides: boolean; onPut: (patch: VoicePatch) => void }) {
  const state = () => stateIn(props.channel.guild_id);
  const part = () => partOf(state() ?? { suppress: true });
  return (
    <Controls channel={props.channel}>
      <Show
        when={sitsIn(props.channel.id)}
        fallback={
          <Button look="good" disabled={!can(props.channel, Permission.Connect)} onClick={() => join(props.channel)}>
            {props.decides ? "Come on the stage" : "Join the audience"}
          </Button>
        }
      >
        <Show when={part() === "invited"}>
          <span class="stage-asked">You are asked to speak.</span>
          <Button look="good" onClick={() => props.onPut({ suppress: false, request_to_speak_timestamp: null })}>
            Speak
          </Button>
          <Button onClick={() => props.onPut({ suppress: true, request_to_speak_timestamp: null })}>Not now</Button>
        </Show>
        <Show when={part() === "speaker"}>
          <MuteButtons />
          <SoundBoard channel={props.channel} />
          <Button onClick={() => props.onPut({ suppress: true })}>Step back</Button>
        </Show>
        <Show when={(part() === "listener" || part() === "asking") && props.decides}>
          <Button look="primary" onClick={() => props.onPut({ suppress: false, request_to_speak_timestamp: null })}>
            <Mic size={16} /> Speak
          </Button>
        </Show>
        <Show when={part() === "listener" && !props.decides && can(props.channel, Permission.RequestToSpeak)}>
          <Button onClick={() => props.onPut({ request_to_speak_timestamp: new Date().toISOString() })}>
            <Hand size={16} /> Ask to speak
          </Button>
        </Show>
        <Show when={part() === "asking" && !props.decides}>
          <Button aria-pressed="true" onClick={() => props.onPut({ request_to_speak_timestamp: null })}>
            <Hand size={16} /> Take the hand down
          </Button>
        </Show>
      </Show>
    </Controls>
  );
}

