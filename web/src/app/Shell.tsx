/** The client of somebody who is logged in: rail, side, and what is open. */
import { createEffect, createMemo, type JSX, Match, on, onCleanup, onMount, Show, Suspense, Switch } from "solid-js";
import { ChannelList } from "~/channel/List";
import { drawer, setDrawer } from "~/channel/panel";
import { channels } from "~/channel/store";
import { MenuButton } from "~/channel/Header";
import { ChannelPage } from "~/channel/Page";
import { Dialogs } from "~/dialog/Dialogs";
import { EmojiLayer } from "~/emoji/Picker";
import { openGuild, Rail } from "~/guild/Rail";
import { guilds } from "~/guild/store";
import { Friends } from "~/home/Friends";
import { PrivateList } from "~/home/PrivateList";
import { SanctionDialog } from "~/member/Sanction";
import { jumpTo } from "~/message/focus";
import { DeleteDialog } from "~/message/Delete";
import { Viewer } from "~/message/Viewer";
import { ModalDialog } from "~/command/Modal";
import { ApiError } from "~/net/error";
import { createLoaded } from "~/net/loaded";
import { mustAnswer } from "~/onboarding/store";
import { WelcomeLayer } from "~/onboarding/Welcome";
import { Button, Empty, Failed, SkeletonRows } from "~/ui";
import { fetchChannel } from "~/thread/store";
import { SoundLayer } from "~/sound/Layer";
import { MenuLayer } from "~/ui/Menu";
import { part } from "~/ui/part";
import { UserBar } from "~/user/Bar";
import { VoiceBar } from "~/voice/Bar";
import { ProfileLayer } from "~/user/Profile";
import DoorOpen from "lucide-solid/icons/door-open";
import { Loading } from "./App";
import { ConnectionBar, Notices } from "./Banner";
import { ready } from "./dispatch";
import { watchIdle } from "./idle";
import { navigate, openChannel, place } from "./router";
import { installShortcuts } from "./shortcuts";
import { watchTitle } from "./title";
import "./shell.css";

const Settings = part(() => import("~/settings/Page"));
const GuildSettings = part(() => import("~/settings/GuildPage"));
const OnboardingFlow = part(() => import("~/onboarding/Flow"));
const Discovery = part(() => import("~/discovery/Page"));
const Admin = part(() => import("~/admin/Page"));

export default function Shell() {
  onMount(() => {
    onCleanup(installShortcuts());
    onCleanup(watchIdle());
  });
  watchTitle();
  // A guild's own address opens the channel that was open last; a message's address shows the message.
  // A guild that was made a moment ago may be told of later than it is opened.
  const there = createMemo(() => {
    const now = place();
    return ready() && (now.kind !== "guild" || guilds[now.guild] !== undefined);
  });
  createEffect(
    on([place, there], ([now, known]) => {
      if (!known || (now.kind !== "guild" && now.kind !== "home")) return;
      if (now.channel && now.message) void jumpTo(now.channel, now.message, { replace: true });
      else if (now.kind === "guild" && !now.channel) openGuild(now.guild, { replace: true });
    }),
  );
  const guild = () => {
    const now = place();
    return now.kind === "guild" && guilds[now.guild] ? now.guild : undefined;
  };
  return (
    <Show when={ready()} fallback={<Loading />}>
      <Switch>
        <Match when={["settings", "guild-settings", "admin"].includes(place().kind)}>
          <Suspense fallback={<Loading />}>
            <Switch>
              <Match when={place().kind === "settings"}>
                <Settings />
              </Match>
              <Match when={place().kind === "guild-settings"}>
                <GuildSettings />
              </Match>
              <Match when={place().kind === "admin"}>
                <Admin />
              </Match>
            </Switch>
          </Suspense>
        </Match>
        <Match when={true}>
          <div class="shell" data-drawer={drawer()}>
            <button type="button" class="drawer-scrim" aria-label="Close" tabindex={-1} onClick={() => setDrawer("none")} />
            <div class="side">
              <Rail />
              <div class="aside">
                <Show when={guild()} fallback={<PrivateList />} keyed>
                  {(id) => <ChannelList guild={id} />}
                </Show>
                <VoiceBar />
                <UserBar />
              </div>
            </div>
            <main class="main">
              <ConnectionBar />
              <Notices />
              <Content />
            </main>
          </div>
        </Match>
      </Switch>
      <SoundLayer />
      <EmojiLayer />
      <ProfileLayer />
      <MenuLayer />
      <Dialogs />
      <SanctionDialog />
      <DeleteDialog />
      <ModalDialog />
      <WelcomeLayer />
      <Viewer />
    </Show>
  );
}

function Content() {
  const channel = () => {
    const id = openChannel();
    return id ? channels[id] : undefined;
  };
  const now = () => place();
  const missing = () => {
    const here = now();
    return here.kind === "guild" && !guilds[here.guild];
  };
  /** No event told of it: it may be an archived thread. */
  const unknown = () => {
    const id = openChannel();
    return id && /^\d+$/.test(id) && !channels[id] && !missing() ? id : undefined;
  };
  const fetched = createLoaded(unknown, fetchChannel);
  const refused = () => {
    const error = fetched.error();
    return error instanceof ApiError && error.status >= 400 && error.status < 500;
  };
  const asking = () => {
    const here = now();
    return here.kind === "guild" && mustAnswer(here.guild) ? here.guild : undefined;
  };
  return (
    <Switch>
      <Match when={asking()} keyed>
        {(guild) => (
          <Suspense fallback={<Loading />}>
            <OnboardingFlow guild={guild} />
          </Suspense>
        )}
      </Match>
      <Match when={channel()?.id} keyed>
        <Show when={channel()}>{(known) => <ChannelPage channel={known()} />}</Show>
      </Match>
      <Match when={now().kind === "discover"}>
        <Suspense fallback={<Loading />}>
          <Discovery />
        </Suspense>
      </Match>
      <Match when={now().kind === "home" && !openChannel()}>
        <Friends />
      </Match>
      <Match when={unknown() && !refused()}>
        <Bare title={fetched.error() ? "Not loaded" : "Loading…"}>
          <Show when={fetched.error()} fallback={<div class="waiting-channel"><SkeletonRows rows={8} /></div>}>
            <Failed error={fetched.error()} onRetry={fetched.again} />
          </Show>
        </Bare>
      </Match>
      <Match when={true}>
        <Bare title="Nothing here">
          <Empty icon={DoorOpen} title={missing() ? "No such guild" : "No such channel"}>
            <p>It is gone, or you cannot see it.</p>
            <Button onClick={() => navigate("/channels/@me")}>Go home</Button>
          </Empty>
        </Bare>
      </Match>
    </Switch>
  );
}

/** The place of a channel where there is none. */
function Bare(props: { title: string; children: JSX.Element }) {
  return (
    <>
      <header class="header">
        <MenuButton />
        <div class="header-name">
          <h1>{props.title}</h1>
        </div>
      </header>
      <div class="nothing">{props.children}</div>
    </>
  );
}
