/** Settings of a guild: what one may change there, and nothing else. */
import Alert from "lucide-solid/icons/triangle-alert";
import Bot from "lucide-solid/icons/bot";
import DoorOpen from "lucide-solid/icons/door-open";
import Gavel from "lucide-solid/icons/gavel";
import Hand from "lucide-solid/icons/hand";
import Hash from "lucide-solid/icons/hash";
import ListChecks from "lucide-solid/icons/list-checks";
import LayoutTemplate from "lucide-solid/icons/layout-template";
import Music from "lucide-solid/icons/music";
import ClipboardList from "lucide-solid/icons/clipboard-list";
import Scroll from "lucide-solid/icons/scroll-text";
import Settings from "lucide-solid/icons/settings";
import ShieldAlert from "lucide-solid/icons/shield-alert";
import Shield from "lucide-solid/icons/shield";
import Smile from "lucide-solid/icons/face-slightly-smiling";
import StickerIcon from "lucide-solid/icons/sticker";
import Ticket from "lucide-solid/icons/ticket";
import UserCheck from "lucide-solid/icons/user-check";
import Users from "lucide-solid/icons/users";
import WebhookIcon from "lucide-solid/icons/webhook";
import Widgets from "lucide-solid/icons/app-window";
import { Show } from "solid-js";
import { navigate, place } from "~/app/router";
import { openGuild } from "~/guild/Rail";
import { Permission } from "~/guild/permissions";
import { guildIcon } from "~/net/cdn";
import { Button, Empty, Picture } from "~/ui";
import { Frame, type GroupOf } from "./Frame";
import { guild, guildId, may, owns } from "./guild/context";
import { AuditLog } from "./guild/AuditLog";
import { Automod } from "./guild/automod/Page";
import { Bans } from "./guild/Bans";
import { Bots } from "./guild/Bots";
import { Channels } from "./guild/Channels";
import { Danger } from "./guild/Danger";
import { EmojiPage } from "./guild/Emoji";
import { Invites } from "./guild/Invites";
import { Members } from "./guild/Members";
import { OnboardingPage } from "./guild/OnboardingPage";
import { Overview } from "./guild/Overview";
import { Requests } from "./guild/Requests";
import { Roles } from "./guild/Roles";
import { ScreeningPage } from "./guild/Screening";
import { SoundboardPage } from "./guild/Soundboard";
import { StickersPage } from "./guild/Stickers";
import { TemplatePage } from "./guild/Template";
import { WelcomePage } from "./guild/WelcomeScreen";
import { Webhooks } from "./guild/Webhooks";
import { Widget } from "./guild/Widget";

const expressive = () => may(Permission.ManageExpressions) || may(Permission.CreateExpressions);

const GROUPS: GroupOf[] = [
  {
    title: "Guild",
    sections: [
      { key: "overview", label: "Overview", icon: Settings, view: Overview, when: () => may(Permission.ManageGuild) },
      { key: "roles", label: "Roles", icon: Shield, view: Roles, wide: true, when: () => may(Permission.ManageRoles) },
      {
        key: "channels",
        label: "Channels",
        icon: Hash,
        view: Channels,
        wide: true,
        when: () => may(Permission.ManageChannels) || may(Permission.ManageRoles),
      },
      {
        key: "emoji",
        label: "Emoji",
        icon: Smile,
        view: EmojiPage,
        when: expressive,
      },
      { key: "stickers", label: "Stickers", icon: StickerIcon, view: StickersPage, when: expressive },
      { key: "soundboard", label: "Soundboard", icon: Music, view: SoundboardPage, when: expressive },
      {
        key: "template",
        label: "Template",
        icon: LayoutTemplate,
        view: TemplatePage,
        when: () => may(Permission.ManageGuild),
      },
    ],
  },
  {
    title: "Newcomers",
    sections: [
      {
        key: "onboarding",
        label: "Onboarding",
        icon: ListChecks,
        view: OnboardingPage,
        when: () => may(Permission.ManageGuild) && may(Permission.ManageRoles),
      },
      {
        key: "screening",
        label: "Screening",
        icon: ClipboardList,
        view: ScreeningPage,
        when: () => may(Permission.ManageGuild),
      },
      {
        key: "welcome",
        label: "Welcome screen",
        icon: Hand,
        view: WelcomePage,
        when: () => may(Permission.ManageGuild),
      },
    ],
  },
  {
    title: "People",
    sections: [
      {
        key: "requests",
        label: "Join requests",
        icon: UserCheck,
        view: Requests,
        when: () => may(Permission.KickMembers),
      },
      { key: "members", label: "Members", icon: Users, view: Members, wide: true },
      { key: "invites", label: "Invites", icon: Ticket, view: Invites, when: () => may(Permission.ManageGuild) },
      {
        key: "automod",
        label: "Automod",
        icon: ShieldAlert,
        view: Automod,
        wide: true,
        when: () => may(Permission.ManageGuild),
      },
      { key: "bans", label: "Bans", icon: Gavel, view: Bans, when: () => may(Permission.BanMembers) },
      { key: "audit-log", label: "Audit log", icon: Scroll, view: AuditLog, when: () => may(Permission.ViewAuditLog) },
    ],
  },
  {
    title: "Apps",
    sections: [
      { key: "bots", label: "Bots", icon: Bot, view: Bots, when: () => may(Permission.ManageGuild) },
      {
        key: "webhooks",
        label: "Webhooks",
        icon: WebhookIcon,
        view: Webhooks,
        when: () => may(Permission.ManageWebhooks),
      },
      { key: "widget", label: "Widget", icon: Widgets, view: Widget, when: () => may(Permission.ManageGuild) },
    ],
  },
  {
    title: "The end",
    sections: [{ key: "danger", label: "Danger zone", icon: Alert, view: Danger, danger: true, when: owns }],
  },
];

export default function GuildSettingsPage() {
  const page = () => {
    const now = place();
    return now.kind === "guild-settings" ? now.page : "overview";
  };
  return (
    <Show
      when={guild()?.id}
      keyed
      fallback={
        <Empty icon={DoorOpen} title="No such guild">
          <p>It is gone, or you are not a member.</p>
          <Button onClick={() => navigate("/channels/@me")}>Go home</Button>
        </Empty>
      }
    >
      <Frame
        title={guild()?.name ?? ""}
        groups={GROUPS}
        page={page()}
        base={`/guilds/${guildId()}/settings`}
        onClose={() => openGuild(guildId())}
        head={
          <>
            <span class="guild-face small">
              <Picture
                src={guild() ? guildIcon(guild() as { id: string; icon: string | null }, 36) : null}
                name={guild()?.name ?? ""}
                id={guildId()}
                size={32}
              />
            </span>
            <h2 class="settings-title truncate">{guild()?.name}</h2>
          </>
        }
      />
    </Show>
  );
}
