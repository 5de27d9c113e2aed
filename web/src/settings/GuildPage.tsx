/** Settings of a guild: what one may change there, and nothing else. */
import DoorOpen from "lucide-solid/icons/door-open";
import Hash from "lucide-solid/icons/hash";
import Settings from "lucide-solid/icons/settings";
import Shield from "lucide-solid/icons/shield";
import { Show } from "solid-js";
import { navigate, place } from "~/app/router";
import { openGuild } from "~/guild/Rail";
import { Permission } from "~/guild/permissions";
import { guildIcon } from "~/net/cdn";
import { Button, Empty, Picture } from "~/ui";
import { Frame, type GroupOf } from "./Frame";
import { guild, guildId, may } from "./guild/context";
import { Channels } from "./guild/Channels";
import { Overview } from "./guild/Overview";
import { Roles } from "./guild/Roles";

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
    ],
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
              <Picture src={guild() ? guildIcon(guild() as { id: string; icon: string | null }, 36) : null} name={guild()?.name ?? ""} id={guildId()} size={32} />
            </span>
            <h2 class="settings-title truncate">{guild()?.name}</h2>
          </>
        }
      />
    </Show>
  );
}
