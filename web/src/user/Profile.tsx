/** Somebody's card. */
import MessageCircle from "lucide-solid/icons/message-circle";
import More from "lucide-solid/icons/ellipsis";
import Pencil from "lucide-solid/icons/pencil";
import X from "lucide-solid/icons/x";
import { createSignal, For, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { navigate } from "~/app/router";
import { canIn } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { guilds, rolesByRank } from "~/guild/store";
import { Face } from "~/emoji/Face";
import { Markdown } from "~/markdown/View";
import { entriesOfMember, openDirect, outranks } from "~/member/menu";
import { displayName, faceIn, memberOf, roleColor, rolesOf } from "~/member/store";
import { createLoaded } from "~/net/loaded";
import { send } from "~/message/outbox";
import { bannerOf } from "~/net/cdn";
import { api } from "~/net/rest";
import { timeOf } from "~/net/snowflake";
import { customStatus, statusOf } from "~/presence/store";
import { deedsWith, relationWords } from "~/relationship/deeds";
import { Avatar, attempt, Button, Menu, PopoverAt } from "~/ui";
import { tint } from "~/ui/Avatar";
import type { Id, Profile as ProfileData, Role } from "~/wire";
import { Note } from "./Note";
import { closeProfile, type Shown, shown } from "./popover";
import { myId, nameOf, users } from "./store";

const day = (at: number | string): string =>
  new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" });

export function ProfileLayer() {
  return (
    <Show when={shown()} keyed>
      {(now) => (
        <PopoverAt anchor={now.anchor} onClose={closeProfile} label="Profile" contentClass="profile" placement="right-start">
          <Card now={now} />
        </PopoverAt>
      )}
    </Show>
  );
}

function Card(props: { now: Shown }) {
  const id = () => props.now.user;
  const guild = () => props.now.guild;
  const profile = createLoaded(id, (user) => api.get<ProfileData>(`/users/${user}/profile`)).value;
  const user = () => users[id()] ?? profile()?.user;
  const member = () => memberOf(guild(), id());
  const mine = () => id() === myId();
  const custom = () => customStatus(id());
  const [text, setText] = createSignal("");
  const write = async (event: Event) => {
    event.preventDefault();
    const content = text().trim();
    if (!content) return;
    const channel = await openDirect(id());
    closeProfile();
    if (channel) void send(channel.id, { content, files: [] });
  };
  const accent = () => user()?.accent_color ?? profile()?.user_profile.accent_color;
  return (
    <Show when={user()}>
      {(known) => (
        <>
          <div
            class="profile-banner"
            style={{
              background: bannerOf(known())
                ? `center / cover url("${bannerOf(known())}")`
                : accent()
                  ? roleColor({ color: accent() as number })
                  : tint(id()),
            }}
          />
          <div class="profile-avatar">
            <Avatar user={known()} src={faceIn(guild(), id(), 84)} size={84} status={statusOf(id())} />
          </div>
          <div class="profile-body">
            <div>
              <div class="profile-name">
                {displayName(guild(), known())} <Show when={known().bot}><span class="tag">App</span></Show>
              </div>
              <div class="profile-sub">
                {known().username}
                <Show when={profile()?.user_profile.pronouns}>{(own) => <> · {own()}</>}</Show>
              </div>
              <Show when={custom()}>
                {(own) => (
                  <div class="profile-sub profile-status">
                    <Show when={own().emoji}>{(emoji) => <Face emoji={emoji()} size={16} />}</Show> {own().text}
                  </div>
                )}
              </Show>
            </div>
            <Show when={!mine() && relationWords(id())}>{(words) => <div class="profile-sub">{words()}</div>}</Show>
            <div class="profile-actions">
              <Show
                when={!mine()}
                fallback={
                  <Button small onClick={() => { closeProfile(); navigate("/settings/profile"); }}>
                    <Pencil size={15} /> Edit profile
                  </Button>
                }
              >
                <Button small look="primary" onClick={() => { void openDirect(id()); closeProfile(); }}>
                  <MessageCircle size={15} /> Message
                </Button>
                <For each={deedsWith(id())}>
                  {(deed) => (
                    <Button small onClick={deed.act}>
                      <Dynamic component={deed.icon} size={15} /> {deed.label}
                    </Button>
                  )}
                </For>
                <Menu label="More" trigger={<More size={18} />} entries={entriesOfMember(id(), guild())} />
              </Show>
            </div>
            <div class="profile-card">
              <Show when={profile()?.user_profile.bio}>
                {(bio) => (
                  <section class="small">
                    <h4>About me</h4>
                    <Markdown text={bio()} />
                  </section>
                )}
              </Show>
              <section class="small">
                <h4>Here since</h4>
                {day(timeOf(id()))}
                <Show when={member()}>
                  {(there) => (
                    <>
                      {" "}
                      · in {guilds[guild() ?? ""]?.name} since {day(there().joined_at)}
                    </>
                  )}
                </Show>
              </section>
              <Show when={guild() && member()}>
                <Roles guild={guild() as Id} user={id()} />
              </Show>
              <Show when={profile()?.mutual_guilds.length && !mine()}>
                <section class="small">
                  <h4>In common</h4>
                  {profile()?.mutual_guilds.map((one) => guilds[one.id]?.name).filter(Boolean).join(", ")}
                </section>
              </Show>
              <Show when={!mine() && profile()?.mutual_friends_count}>
                {(count) => (
                  <section class="small">
                    <h4>Friends in common</h4>
                    {count() === 1 ? "1 friend of yours" : `${count()} friends of yours`}
                  </section>
                )}
              </Show>
              <Show when={!mine()}>
                <Note user={id()} />
              </Show>
            </div>
            <Show when={!mine()}>
              <form class="profile-write" onSubmit={write}>
                <input
                  class="field-input"
                  placeholder={`Message ${nameOf(known())}`}
                  aria-label={`Message ${nameOf(known())}`}
                  value={text()}
                  onInput={(event) => setText(event.currentTarget.value)}
                />
              </form>
            </Show>
          </div>
        </>
      )}
    </Show>
  );
}

function Roles(props: { guild: Id; user: Id }) {
  const held = () => rolesOf(props.guild, props.user);
  const mayManage = () => canIn(props.guild, Permission.ManageRoles);
  const owner = () => guilds[props.guild]?.owner_id === myId();
  const top = () => (owner() ? Number.POSITIVE_INFINITY : (rolesOf(props.guild, myId())[0]?.position ?? 0));
  const below = (role: Role) => !role.managed && role.id !== props.guild && role.position < top();
  const change = (role: Role, give: boolean) => {
    const path = `/guilds/${props.guild}/members/${props.user}/roles/${role.id}`;
    void attempt(give ? api.put(path) : api.delete(path));
  };
  const others = () =>
    rolesByRank(props.guild).filter((role) => below(role) && !held().some((one) => one.id === role.id));
  const may = () => mayManage() && (owner() || outranks(props.guild, props.user) || props.user === myId());
  return (
    <section class="small">
      <h4>Roles</h4>
      <div class="profile-roles">
        <For each={held()} fallback={<span class="muted">None yet</span>}>
          {(role) => (
            <span class="role-chip">
              <span class="role-dot" style={{ background: roleColor(role) }} />
              {role.name}
              <Show when={may() && below(role)}>
                <button type="button" aria-label={`Take ${role.name} away`} onClick={() => change(role, false)}>
                  <X size={12} />
                </button>
              </Show>
            </span>
          )}
        </For>
        <Show when={may() && others().length > 0}>
          <Menu
            class="role-chip"
            label="Give a role"
            trigger="+"
            entries={others().map((role) => ({ label: role.name, act: () => change(role, true) }))}
          />
        </Show>
      </div>
    </section>
  );
}
