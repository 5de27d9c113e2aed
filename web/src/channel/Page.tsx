/** A channel: header, timeline, composer, and what is open beside them. */
import Upload from "lucide-solid/icons/upload";
import { createEffect, createSignal, Match, on, onCleanup, onMount, Show, Suspense, Switch } from "solid-js";
import { Composer } from "~/composer/Composer";
import { addFiles } from "~/composer/draft";
import { Permission } from "~/guild/permissions";
import { MemberList } from "~/member/List";
import { Timeline } from "~/message/Timeline";
import { PinsPanel } from "~/pin/Panel";
import { SearchPanel } from "~/search/Panel";
import { ThreadBar } from "~/thread/Bar";
import { ThreadsPanel } from "~/thread/Panel";
import { SkeletonRows } from "~/ui";
import { part } from "~/ui/part";
import { type Channel, ChannelKind, isForum, isVoice } from "~/wire";
import { AgeGate } from "./AgeGate";
import { mustAsk } from "./age";
import { Header } from "./Header";
import { noteLast } from "./last";
import { closePanel, panel, setDrawer, uncover } from "./panel";
import { can, canSend } from "./store";
import "./page.css";

const VoicePanel = part<{ channel: Channel }>(() => import("~/voice/Panel").then((module) => ({ default: module.VoicePanel })));
const StagePanel = part<{ channel: Channel }>(() => import("~/stage/Panel").then((module) => ({ default: module.StagePanel })));
const ForumPage = part<{ channel: Channel }>(() => import("~/forum/Page").then((module) => ({ default: module.ForumPage })));

export function ChannelPage(props: { channel: Channel }) {
  const [over, setOver] = createSignal(false);
  let depth = 0;
  createEffect(
    on(
      () => props.channel.id,
      (id) => {
        setDrawer("none");
        if (panel() === "threads" || panel() === "pins") closePanel();
        uncover();
        if (props.channel.guild_id) noteLast(props.channel.guild_id, id);
      },
    ),
  );
  const takes = () => !isForum(props.channel) && !mustAsk(props.channel) && canSend(props.channel) && can(props.channel, Permission.AttachFiles);
  const carries = (event: DragEvent) => takes() && event.dataTransfer?.types.includes("Files");
  const enter = (event: DragEvent) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth += 1;
    setOver(true);
  };
  const leave = () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) setOver(false);
  };
  const drop = (event: DragEvent) => {
    depth = 0;
    setOver(false);
    if (!carries(event)) return;
    event.preventDefault();
    addFiles(props.channel.id, event.dataTransfer?.files ?? []);
  };
  // A file that misses its aim does not replace the page.
  const keep = (event: DragEvent) => event.preventDefault();
  onMount(() => {
    window.addEventListener("dragover", keep);
    window.addEventListener("drop", keep);
    onCleanup(() => {
      window.removeEventListener("dragover", keep);
      window.removeEventListener("drop", keep);
    });
  });
  return (
    <div class="page-main" onDragEnter={enter} onDragLeave={leave} onDrop={drop}>
      <Header channel={props.channel} />
      <div class="page">
        <Switch
          fallback={
            <div class="page-main">
              <ThreadBar channel={props.channel} />
              <Show when={isVoice(props.channel)}>
                <Suspense>
                  <Show when={props.channel.type === ChannelKind.Stage} fallback={<VoicePanel channel={props.channel} />}>
                    <StagePanel channel={props.channel} />
                  </Show>
                </Suspense>
              </Show>
              <Show when={!isVoice(props.channel) || can(props.channel, Permission.Connect)} fallback={<div class="grow" />}>
                <Timeline channel={props.channel} />
              </Show>
              <Composer channel={props.channel} />
            </div>
          }
        >
          <Match when={mustAsk(props.channel)}>
            <AgeGate channel={props.channel} />
          </Match>
          <Match when={isForum(props.channel)}>
            <Suspense fallback={<SkeletonRows rows={6} />}>
              <ForumPage channel={props.channel} />
            </Suspense>
          </Match>
        </Switch>
        <Switch>
          <Match when={mustAsk(props.channel)}>{null}</Match>
          <Match when={panel() === "pins"}>
            <PinsPanel channel={props.channel} />
          </Match>
          <Match when={panel() === "search"}>
            <SearchPanel channel={props.channel} />
          </Match>
          <Match when={panel() === "threads"}>
            <ThreadsPanel channel={props.channel} />
          </Match>
        </Switch>
        <Show
          when={
            (!panel() || panel() === "members") && props.channel.type !== ChannelKind.Dm && !isForum(props.channel)
          }
        >
          <div class="members-place" classList={{ closed: panel() !== "members" }}>
            <MemberList channel={props.channel} />
          </div>
        </Show>
      </div>
      <Show when={over()}>
        <div class="drop-here">
          <div>
            <Upload size={36} />
            <strong>Drop to attach</strong>
          </div>
        </div>
      </Show>
    </div>
  );
}
