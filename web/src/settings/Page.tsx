/** One's own settings. */
import Accessibility from "lucide-solid/icons/palette";
import Bell from "lucide-solid/icons/bell";
import Bot from "lucide-solid/icons/bot";
import EyeOff from "lucide-solid/icons/eye-off";
import Keyboard from "lucide-solid/icons/keyboard";
import Languages from "lucide-solid/icons/languages";
import LogOut from "lucide-solid/icons/log-out";
import Plug from "lucide-solid/icons/plug";
import ShoppingBag from "lucide-solid/icons/shopping-bag";
import Shield from "lucide-solid/icons/shield";
import UserPen from "lucide-solid/icons/user-pen";
import UserRound from "lucide-solid/icons/circle-user-round";
import { lastChat, navigate, place } from "~/app/router";
import { instance, logOut } from "~/app/session";
import { Frame, type GroupOf } from "./Frame";
import { leave } from "./guard";
import { Account } from "./me/Account";
import { Appearance } from "./me/Appearance";
import { Applications } from "./me/Applications";
import { Authorized } from "./me/Authorized";
import { Keys } from "./me/Keys";
import { Language } from "./me/Language";
import { Notifications } from "./me/Notifications";
import { Privacy } from "./me/Privacy";
import { Profile } from "./me/Profile";
import { Purchases } from "./me/Purchases";
import { Security } from "./me/Security";

const GROUPS: GroupOf[] = [
  {
    title: "You",
    sections: [
      { key: "account", label: "Account", icon: UserRound, view: Account },
      { key: "profile", label: "Profile", icon: UserPen, view: Profile, wide: true },
      { key: "security", label: "Security", icon: Shield, view: Security },
      { key: "privacy", label: "Privacy", icon: EyeOff, view: Privacy },
      { key: "authorized", label: "Authorised apps", icon: Plug, view: Authorized },
      { key: "purchases", label: "Purchases", icon: ShoppingBag, view: Purchases },
    ],
  },
  {
    title: "This client",
    sections: [
      { key: "notifications", label: "Notifications", icon: Bell, view: Notifications },
      { key: "appearance", label: "Appearance", icon: Accessibility, view: Appearance },
      { key: "language", label: "Language and time", icon: Languages, view: Language },
      { key: "keys", label: "Keyboard", icon: Keyboard, view: Keys },
    ],
  },
  {
    title: "For makers",
    sections: [{ key: "applications", label: "Applications and bots", icon: Bot, view: Applications }],
  },
];

export default function SettingsPage() {
  const page = () => {
    const now = place();
    return now.kind === "settings" ? now.page : "account";
  };
  return (
    <Frame
      title="Settings"
      groups={GROUPS}
      page={page()}
      base="/settings"
      onClose={() => navigate(lastChat())}
      foot={
        <div class="settings-group">
          <button
            type="button"
            class="settings-link danger"
            style={{ width: "100%" }}
            onClick={() => leave(() => void logOut())}
          >
            <LogOut size={18} /> Log out
          </button>
          <p class="settings-version">
            {instance()?.name} · Guildhall {instance()?.version}
          </p>
        </div>
      }
    />
  );
}
