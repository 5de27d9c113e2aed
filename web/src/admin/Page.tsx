/** Administration of the instance, for its staff. */
import Sliders from "lucide-solid/icons/sliders-horizontal";
import ShieldX from "lucide-solid/icons/shield-x";
import { Show } from "solid-js";
import { lastChat, navigate, place } from "~/app/router";
import { Frame, type GroupOf } from "~/settings/Frame";
import { Button, Empty } from "~/ui";
import { staff } from "~/user/staff";
import { Instance } from "./Instance";

const GROUPS: GroupOf[] = [
  { title: "Instance", sections: [{ key: "settings", label: "Settings", icon: Sliders, view: Instance }] },
];

export default function AdminPage() {
  const page = () => {
    const now = place();
    return now.kind === "admin" ? now.page : "overview";
  };
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
