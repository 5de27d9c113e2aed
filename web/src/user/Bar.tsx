/** Oneself, at the bottom of the side: status and settings. */
import Settings from "lucide-solid/icons/settings";
import Smile from "lucide-solid/icons/face-slightly-smiling";
import User from "lucide-solid/icons/circle-user-round";
import LogOut from "lucide-solid/icons/log-out";
import Shield from "lucide-solid/icons/shield";
import { Show } from "solid-js";
import { navigate } from "~/app/router";
import { logOut } from "~/app/session";
import { openDialog } from "~/dialog/store";
import { customStatus, statusOf } from "~/presence/store";
import { Avatar, attempt, IconButton, Menu, type MenuEntry, STATUS_WORDS, StatusDot } from "~/ui";
import type { Status } from "~/wire";
import { staff } from "./staff";
import { account, changeSettings, myId, nameOf } from "./store";

const STATUSES: Status[] = ["online", "idle", "dnd", "invisible"];

export function UserBar() {
  const entries = (): MenuEntry[] => [
    ...STATUSES.map((status) => ({
      label: STATUS_WORDS[status],
      end: <StatusDot status={status} />,
      act: () => void attempt(changeSettings({ status })),
    })),
    "line",
    { label: "Set a custom status", icon: Smile, act: () => openDialog({ kind: "status" }) },
    { label: "Edit profile", icon: User, act: () => navigate("/settings/profile") },
    staff() && { label: "Administration", icon: Shield, act: () => navigate("/admin/overview") },
    "line",
    { label: "Log out", icon: LogOut, danger: true, act: () => void logOut() },
  ];
  const line = () => customStatus(myId())?.text || STATUS_WORDS[statusOf(myId())];
  return (
    <Show when={account.me}>
      {(me) => (
        <div class="user-bar">
          <Menu
            class="user-bar-me"
            label="Your status and account"
            placement="top-start"
            trigger={
              <>
                <Avatar user={me()} size={34} status={statusOf(me().id)} />
                <span class="grow">
                  <span class="user-bar-name truncate" style={{ display: "block" }}>
                    {nameOf(me())}
                  </span>
                  <span class="user-bar-status truncate" style={{ display: "block" }}>
                    {line()}
                  </span>
                </span>
              </>
            }
            entries={entries()}
          />
          <IconButton label="Settings" onClick={() => navigate("/settings/account")}>
            <Settings size={19} />
          </IconButton>
        </div>
      )}
    </Show>
  );
}
