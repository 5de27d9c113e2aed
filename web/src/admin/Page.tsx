/** Administration of the instance, for its staff. */
import Alert from "lucide-solid/icons/triangle-alert";
import Castle from "lucide-solid/icons/castle";
import Gauge from "lucide-solid/icons/gauge";
import Scroll from "lucide-solid/icons/scroll-text";
import ShieldX from "lucide-solid/icons/shield-x";
import Sliders from "lucide-solid/icons/sliders-horizontal";
import Users from "lucide-solid/icons/users";
import { onMount, Show } from "solid-js";
import { lastChat, navigate, place } from "~/app/router";
import { Frame, type GroupOf } from "~/settings/Frame";
import { attempt, Button, Empty } from "~/ui";
import { staff } from "~/user/staff";
import { Danger } from "./Danger";
import { Guilds } from "./Guilds";
import { Instance } from "./Instance";
import { Log } from "./Log";
import { Overview } from "./Overview";
import { People } from "./People";
import { askRank, myRank } from "./rank";
import "./admin.css";

const GROUPS: GroupOf[] = [
  {
    title: "The server",
    sections: [
      { key: "overview", label: "Overview", icon: Gauge, view: Overview, wide: true },
      { key: "settings", label: "Server settings", icon: Sliders, view: Instance },
    ],
  },
  {
    title: "Who is here",
    sections: [
      { key: "people", label: "People", icon: Users, view: People, wide: true },
      { key: "guilds", label: "Guilds", icon: Castle, view: Guilds, wide: true },
    ],
  },
  {
    title: "Staff",
    sections: [
      { key: "log", label: "Log", icon: Scroll, view: Log },
      {
        key: "danger",
        label: "Danger zone",
        icon: Alert,
        view: Danger,
        danger: true,
        when: () => myRank() === "owner",
      },
    ],
  },
];

export default function AdminPage() {
  const page = () => {
    const now = place();
    return now.kind === "admin" ? now.page : "overview";
  };
  onMount(() => staff() && void attempt(askRank()));
  return (
    <Show
      when={staff()}
      fallback={
        <Empty icon={ShieldX} title="This is for staff">
          <p>Only those who run this server come in here.</p>
          <Button onClick={() => navigate(lastChat())}>Go back</Button>
        </Empty>
      }
    >
      <Frame title="Administration" groups={GROUPS} page={page()} base="/admin" onClose={() => navigate(lastChat())} />
    </Show>
  );
}
