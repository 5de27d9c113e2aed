/** What others see of oneself. */
import { Show } from "solid-js";
import { Markdown } from "~/markdown/View";
import { avatarOf, bannerOf } from "~/net/cdn";
import { api } from "~/net/rest";
import { statusOf } from "~/presence/store";
import { Avatar, Field } from "~/ui";
import { tint } from "~/ui/Avatar";
import { account, myId, nameOf, setMe } from "~/user/store";
import type { CurrentUser } from "~/wire";
import { ColorField } from "../ColorField";
import { createDraft } from "../draft";
import { ImageField } from "../ImageField";
import { Card, Section } from "../parts";
import { SaveBar } from "../SaveBar";

const MOST = 5 * 1024 * 1024;

interface Face {
  global_name: string;
  pronouns: string;
  bio: string;
  accent_color: number;
  avatar: string | null;
  banner: string | null;
}

const faceOf = (me: CurrentUser | null): Face => ({
  global_name: me?.global_name ?? "",
  pronouns: me?.pronouns ?? "",
  bio: me?.bio ?? "",
  accent_color: me?.accent_color ?? 0,
  avatar: me?.avatar ?? null,
  banner: me?.banner ?? null,
});

export function Profile() {
  const draft = createDraft<Face>(
    () => faceOf(account.me),
    async (changes) => {
      const body: Record<string, unknown> = { ...changes };
      if ("global_name" in changes) body.global_name = changes.global_name?.trim() || null;
      if ("accent_color" in changes) body.accent_color = changes.accent_color || null;
      setMe(await api.patch<CurrentUser>("/users/@me", body));
    },
  );
  const picture = (kind: "avatar" | "banner"): string | null => {
    const value = draft.value(kind);
    if (!value || value.startsWith("data:") || !account.me) return value;
    return kind === "avatar" ? avatarOf(account.me, 96) : bannerOf(account.me, 512);
  };
  return (
    <Show when={account.me}>
      {(me) => (
        <>
          <div class="profile-split">
            <div class="stack">
              <Section title="Pictures">
                <Card>
                  <ImageField
                    label="Avatar"
                    shape="round"
                    src={picture("avatar")}
                    most={MOST}
                    note="Square, at least 128 pixels. GIFs keep moving."
                    error={draft.errors().avatar}
                    onChange={(value) => draft.set("avatar", value)}
                    fallback={<Avatar user={{ ...me(), avatar: null }} size={88} />}
                  />
                  <ImageField
                    label="Banner"
                    shape="banner"
                    src={picture("banner")}
                    most={MOST}
                    note="Behind your name on your profile."
                    error={draft.errors().banner}
                    onChange={(value) => draft.set("banner", value)}
                  />
                </Card>
              </Section>
              <Section title="About you">
                <Card>
                  <div class="set-pair">
                    <Field
                      label="Display name"
                      value={draft.value("global_name")}
                      onChange={(value) => draft.set("global_name", value)}
                      placeholder={me().username}
                      maxLength={32}
                      error={draft.errors().global_name}
                    />
                    <Field
                      label="Pronouns"
                      value={draft.value("pronouns")}
                      onChange={(value) => draft.set("pronouns", value)}
                      placeholder="she/her, they/them, …"
                      maxLength={40}
                      error={draft.errors().pronouns}
                    />
                  </div>
                  <Field
                    label="About me"
                    multiline
                    value={draft.value("bio")}
                    onChange={(value) => draft.set("bio", value)}
                    maxLength={190}
                    note={`${190 - [...draft.value("bio")].length} characters left`}
                    error={draft.errors().bio}
                  />
                  <ColorField
                    label="Profile colour"
                    value={draft.value("accent_color")}
                    onChange={(value) => draft.set("accent_color", value)}
                  />
                </Card>
              </Section>
            </div>
            <Section title="Preview">
              <Preview face={draft.whole()} user={me()} avatar={picture("avatar")} banner={picture("banner")} />
            </Section>
          </div>
          <SaveBar draft={draft} />
        </>
      )}
    </Show>
  );
}

function Preview(props: { face: Face; user: CurrentUser; avatar: string | null; banner: string | null }) {
  const ground = () =>
    props.face.accent_color ? `#${props.face.accent_color.toString(16).padStart(6, "0")}` : tint(props.user.id);
  const shown = () => ({ ...props.user, avatar: null, global_name: props.face.global_name.trim() || null });
  return (
    <div class="face" aria-label="How others see you" role="group">
      <div class="face-banner" style={{ background: ground() }}>
        <Show when={props.banner}>{(src) => <img src={src()} alt="" />}</Show>
      </div>
      <div class="face-avatar">
        <Avatar user={shown()} src={props.avatar} size={80} status={statusOf(myId())} />
      </div>
      <div class="face-body">
        <div class="face-name">{nameOf(shown())}</div>
        <div class="muted small">
          {props.user.username}
          <Show when={props.face.pronouns}> · {props.face.pronouns}</Show>
        </div>
        <Show when={props.face.bio.trim()}>
          <div class="face-bio">
            <Markdown text={props.face.bio} />
          </div>
        </Show>
      </div>
    </div>
  );
}
