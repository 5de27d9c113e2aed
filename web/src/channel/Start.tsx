/** The beginning of a channel's history. */
import Hash from "lucide-solid/icons/hash";
import MessagesSquare from "lucide-solid/icons/messages-square";
import MicVocal from "lucide-solid/icons/mic-vocal";
import Volume from "lucide-solid/icons/volume-2";
import Pencil from "lucide-solid/icons/pencil";
import UserPlus from "lucide-solid/icons/user-plus";
import { Match, Show, Switch } from "solid-js";
import { openDialog } from "~/dialog/store";
import { Permission } from "~/guild/permissions";
import { guilds } from "~/guild/store";
import { PostTags } from "~/forum/PostTags";
import { forumOf } from "~/forum/store";
import { Inline } from "~/markdown/View";
import { Avatar, Button } from "~/ui";
import { nameOf } from "~/user/store";
import { type Channel, ChannelKind, isThread, isVoice } from "~/wire";
import { GroupPicture } from "./GroupPicture";
import { can, channelName } from "./store";

export function ChannelStart(props: { channel: Channel }) {
  const recipient = () => (props.channel.type === ChannelKind.Dm ? props.channel.recipients?.[0] : undefined);
  /** A new guild has nobody to talk to yet. */
  const lonely = () => {
    const guild = guilds[props.channel.guild_id ?? ""];
    return guild !== undefined && guild.member_count < 3 && !isThread(props.channel) && can(props.channel, Permission.CreateInvite);
  };
  return (
    <div class="channel-start">
      <Switch
        fallback={
          <span class="channel-start-icon">
            <Hash size={34} />
          </span>
        }
      >
        <Match when={recipient()}>{(user) => <Avatar user={user()} size={80} />}</Match>
        <Match when={props.channel.type === ChannelKind.GroupDm}>
          <GroupPicture channel={props.channel} size={80} />
        </Match>
        <Match when={isThread(props.channel)}>
          <span class="channel-start-icon">
            <MessagesSquare size={32} />
          </span>
        </Match>
        <Match when={props.channel.type === ChannelKind.Stage}>
          <span class="channel-start-icon">
            <MicVocal size={32} />
          </span>
        </Match>
        <Match when={isVoice(props.channel)}>
          <span class="channel-start-icon">
            <Volume size={34} />
          </span>
        </Match>
      </Switch>
      <h2>{channelName(props.channel)}</h2>
      <Show when={forumOf(props.channel)}>{(forum) => <PostTags post={props.channel} forum={forum()} />}</Show>
      <p>
        <Switch fallback={<>This is where #{channelName(props.channel)} begins.</>}>
          <Match when={recipient()}>{(user) => <>This is the beginning of what you and {nameOf(user())} write to each other.</>}</Match>
          <Match when={props.channel.type === ChannelKind.GroupDm}>This is the beginning of the group.</Match>
          <Match when={forumOf(props.channel)}>This is the beginning of the post.</Match>
          <Match when={isThread(props.channel)}>This is the beginning of the thread.</Match>
          <Match when={isVoice(props.channel)}>What is written here stands beside what is said in {channelName(props.channel)}.</Match>
        </Switch>{" "}
        <Inline text={props.channel.topic ?? ""} guild={props.channel.guild_id} />
      </p>
      <Show when={lonely()}>
        <div class="channel-start-tools">
          <Button
            look="primary"
            onClick={() => openDialog({ kind: "invite", guild: props.channel.guild_id ?? "", channel: props.channel.id })}
          >
            <UserPlus size={16} /> Invite people
          </Button>
          <Show when={can(props.channel, Permission.ManageChannels)}>
            <Button onClick={() => openDialog({ kind: "edit-channel", channel: props.channel.id })}>
              <Pencil size={15} /> Edit the channel
            </Button>
          </Show>
        </div>
      </Show>
    </div>
  );
}
