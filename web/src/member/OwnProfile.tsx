/** What one is called in one guild, and one's picture there. */
import { createSignal } from "solid-js";
import { canIn } from "~/channel/store";
import type { Asked } from "~/dialog/Dialogs";
import { Permission } from "~/guild/permissions";
import { guilds } from "~/guild/store";
import { api } from "~/net/rest";
import { FormDialog } from "~/settings/FormDialog";
import { ImageField } from "~/settings/ImageField";
import { Avatar, Field } from "~/ui";
import { account, myId, nameOf } from "~/user/store";
import type { Member } from "~/wire";
import { faceIn, memberOf, putMember } from "./store";
import "~/settings/settings.css";

const MOST = 5 * 1024 * 1024;

export default function OwnProfile(props: Asked<"own-profile">) {
  const guild = () => props.asked.guild;
  const known = () => memberOf(guild(), myId());
  const [nick, setNick] = createSignal(known()?.nick ?? "");
  /** Undefined where it stays as it is. */
  const [avatar, setAvatar] = createSignal<string | null>();
  const mayName = () => canIn(guild(), Permission.ChangeNickname);
  const picture = () => {
    const chosen = avatar();
    return chosen === undefined ? faceIn(guild(), myId(), 88) : chosen;
  };
  const changed = () => ({
    ...(nick().trim() === (known()?.nick ?? "") ? {} : { nick: nick().trim() || null }),
    ...(avatar() === undefined ? {} : { avatar: avatar() }),
  });
  const save = async () => {
    putMember(guild(), myId(), await api.patch<Member>(`/guilds/${guild()}/members/@me`, changed()));
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={`Your profile in ${guilds[guild()]?.name ?? "this guild"}`}
      about="Elsewhere you stay as you are."
      action="Save"
      fields={["nick", "avatar"]}
      disabled={Object.keys(changed()).length === 0}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Field
            label="Nickname"
            value={nick()}
            onChange={setNick}
            placeholder={account.me ? nameOf(account.me) : ""}
            maxLength={32}
            autofocus
            disabled={!mayName()}
            note={mayName() ? "Leave it empty to be called as everywhere." : "You may not change your nickname here."}
            error={errors().nick}
          />
          <ImageField
            label="Avatar"
            shape="round"
            src={picture()}
            most={MOST}
            note="Without one, your own is shown."
            error={errors().avatar}
            onChange={setAvatar}
            fallback={account.me ? <Avatar user={account.me} size={88} /> : undefined}
          />
        </>
      )}
    </FormDialog>
  );
}
