/** `/invite/CODE`: what one is invited to, and the way in. */
import Users from "lucide-solid/icons/users";
import { createSignal, Match, Show, Switch } from "solid-js";
import { navigate, place } from "~/app/router";
import { comeBackTo, loggedIn, logIn } from "~/app/session";
import { createForm } from "~/auth/form";
import { AuthPage, Problem } from "~/auth/Page";
import { Register } from "~/auth/Register";
import { createLoaded } from "~/net/loaded";
import { guildIcon } from "~/net/cdn";
import { explain } from "~/net/error";
import { api } from "~/net/rest";
import { Button, Picture, Spinner, StatusDot } from "~/ui";
import type { Id, Invite } from "~/wire";
import { accept } from "./accept";

export default function Landing() {
  const code = () => {
    const now = place();
    return now.kind === "invite" ? now.code : "";
  };
  const invite = createLoaded(code, (one) =>
    api.get<Invite>(`/invites/${encodeURIComponent(one)}`, { with_counts: true }),
  );
  /** Whether who came logged in is a member already: what else the client knows of them is not here yet. */
  const came = loggedIn();
  const member = createLoaded(
    () => came && invite.value()?.guild?.id,
    async (guild) => (await api.get<{ id: Id }[]>("/users/@me/guilds")).some((one) => one.id === guild),
  );
  const [registering, setRegistering] = createSignal(false);
  const join = createForm(() => accept(code()));
  const enter = async (token: string) => {
    logIn(token, `/invite/${code()}`);
    await join.submit();
  };
  return (
    <Switch>
      <Match when={registering() && invite.value()}>
        <Register invite={code()} place={invite.value()?.guild?.name ?? "the server"} onDone={enter} />
      </Match>
      <Match when={invite.loading()}>
        <AuthPage title="Opening the invite">
          <Spinner size={28} />
        </AuthPage>
      </Match>
      <Match when={invite.error()}>
        <AuthPage title="This invite does not work" about={explain(invite.error())}>
          <div class="stack">
            <Button wide onClick={() => invite.again()}>
              Try again
            </Button>
            <Button look="ghost" wide onClick={() => navigate("/channels/@me")}>
              Go home
            </Button>
          </div>
        </AuthPage>
      </Match>
      <Match when={invite.value()}>
        {(found) => (
          <main class="auth">
            <section class="auth-card">
              <div class="invite-card">
                <span class="invite-icon">
                  <Picture
                    src={found().guild ? guildIcon(found().guild as NonNullable<Invite["guild"]>, 96) : null}
                    name={found().guild?.name ?? "?"}
                    id={found().guild?.id ?? "0"}
                    size={88}
                  />
                </span>
                <p class="muted small">
                  {found().inviter
                    ? `${found().inviter?.global_name ?? found().inviter?.username} invites you to`
                    : "You are invited to"}
                </p>
                <h1>{found().guild?.name}</h1>
                <Show when={found().guild?.description}>
                  <p class="muted">{found().guild?.description}</p>
                </Show>
                <div class="invite-counts">
                  <span>
                    <StatusDot status="online" size={8} /> {found().approximate_presence_count ?? 0} online
                  </span>
                  <span>
                    <Users size={14} /> {found().approximate_member_count ?? 0}{" "}
                    {found().approximate_member_count === 1 ? "member" : "members"}
                  </span>
                </div>
              </div>
              <Show when={member.value()}>
                <p class="muted small invite-there">You are a member already.</p>
              </Show>
              <Problem text={join.problem()} />
              <div class="stack" style={{ gap: "8px", "margin-top": "16px" }}>
                <Show
                  when={loggedIn()}
                  fallback={
                    <>
                      <Button look="primary" wide onClick={() => setRegistering(true)}>
                        Make an account and join
                      </Button>
                      <Button
                        wide
                        onClick={() => {
                          comeBackTo(`/invite/${code()}`);
                          navigate("/login");
                        }}
                      >
                        I have an account
                      </Button>
                    </>
                  }
                >
                  <Button look="primary" wide busy={join.busy()} onClick={() => join.submit()}>
                    {member.value() ? "Open the guild" : "Accept invite"}
                  </Button>
                  <Button look="ghost" wide onClick={() => navigate("/channels/@me")}>
                    Not now
                  </Button>
                </Show>
              </div>
            </section>
          </main>
        )}
      </Match>
    </Switch>
  );
}
