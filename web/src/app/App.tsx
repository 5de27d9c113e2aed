/** Which page is shown. */
import { createEffect, Match, Show, Suspense, Switch } from "solid-js";
import { Login } from "~/auth/Login";
import { Register } from "~/auth/Register";
import { Reset } from "~/auth/Reset";
import { Setup } from "~/auth/Setup";
import { Spinner } from "~/ui/State";
import { part } from "~/ui/part";
import { Toasts } from "~/ui/Toast";
import { navigate, path, place } from "./router";
import { comeBackTo, loggedIn } from "./session";

const Shell = part(() => import("./Shell"));
const InvitePage = part(() => import("~/invite/Landing"));

const TemplatePage = part(() => import("~/template/Landing"));
const AuthorizePage = part(() => import("~/oauth/Page"));

const OUTSIDE = ["login", "register", "setup"];
const INSIDE = ["home", "guild", "settings", "guild-settings", "admin", "authorize", "template", "discover"];

export function App() {
  const name = () => {
    const now = place();
    return now.kind === "page" ? now.name : now.kind;
  };
  createEffect(() => {
    const outside = OUTSIDE.includes(name());
    if (name() === "invite" || name() === "reset") return;
    if (!loggedIn() && !outside) {
      if (INSIDE.includes(name())) comeBackTo(path() + location.search);
      navigate("/login", { replace: true, force: true });
    } else if (loggedIn() && !INSIDE.includes(name())) {
      navigate("/channels/@me", { replace: true, force: true });
    }
  });
  return (
    <>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Match when={name() === "invite"}>
            <InvitePage />
          </Match>
          <Match when={name() === "login"}>
            <Login />
          </Match>
          <Match when={name() === "register"}>
            <Register />
          </Match>
          <Match when={name() === "reset"}>
            <Reset />
          </Match>
          <Match when={name() === "setup"}>
            <Setup />
          </Match>
          <Match when={name() === "authorize" && loggedIn()}>
            <AuthorizePage />
          </Match>
          <Match when={name() === "template" && loggedIn()}>
            <TemplatePage />
          </Match>
          <Match when={INSIDE.includes(name())}>
            <Show when={loggedIn()}>
              <Shell />
            </Show>
          </Match>
        </Switch>
      </Suspense>
      <Toasts />
    </>
  );
}

export function Loading() {
  return (
    <div style={{ height: "100%", display: "grid", "place-items": "center" }}>
      <Spinner size={28} />
    </div>
  );
}
