//! What somebody may do: Discord's algorithm, without allocation.

use guildhall_wire::Permissions;
use guildhall_wire::channel::{ChannelKind, Overwrite};
use guildhall_wire::id::{GuildMarker, Id, RoleMarker, UserMarker};

/// What a member may do in the guild as a whole: `@everyone`'s permissions and those of each role held.
pub fn base(everyone: Permissions, roles: impl Iterator<Item = Permissions>) -> Permissions {
    let all = roles.fold(everyone, |all, role| all | role);
    if all.contains(Permissions::ADMINISTRATOR) { Permissions::all() } else { all }
}

/// What a member may do in a channel, from what it may do in the guild.
///
/// `overwrites` are those of the channel, for threads of their parent. Without a `user`, overwrites for single members do
/// not count: so the result holds for all who have these roles.
pub fn in_channel(
    base: Permissions,
    overwrites: &[Overwrite],
    guild: Id<GuildMarker>,
    roles: &[Id<RoleMarker>],
    user: Option<Id<UserMarker>>,
    kind: ChannelKind,
) -> Permissions {
    if base.contains(Permissions::ADMINISTRATOR) {
        return Permissions::all();
    }
    let mut permissions = base;
    if let Some(everyone) = overwrites.iter().find(|overwrite| overwrite.id == guild.cast()) {
        permissions = (permissions - everyone.deny) | everyone.allow;
    }
    let (mut allow, mut deny) = (Permissions::empty(), Permissions::empty());
    for overwrite in overwrites {
        if overwrite.id != guild.cast() && roles.contains(&overwrite.id.cast()) {
            allow |= overwrite.allow;
            deny |= overwrite.deny;
        }
    }
    permissions = (permissions - deny) | allow;
    if let Some(own) = user.and_then(|user| overwrites.iter().find(|overwrite| overwrite.id == user.cast())) {
        permissions = (permissions - own.deny) | own.allow;
    }
    implicit((permissions - GUILD_ONLY) | (base & GUILD_ONLY), kind)
}

/// What is had in the guild as a whole or not at all: overwrites neither give nor take it.
const GUILD_ONLY: Permissions = Permissions::ADMINISTRATOR
    .union(Permissions::KICK_MEMBERS)
    .union(Permissions::BAN_MEMBERS)
    .union(Permissions::MODERATE_MEMBERS)
    .union(Permissions::MANAGE_GUILD)
    .union(Permissions::VIEW_AUDIT_LOG)
    .union(Permissions::VIEW_GUILD_INSIGHTS)
    .union(Permissions::CHANGE_NICKNAME)
    .union(Permissions::MANAGE_NICKNAMES)
    .union(Permissions::MANAGE_GUILD_EXPRESSIONS)
    .union(Permissions::CREATE_GUILD_EXPRESSIONS);

/// What is lost along with something else.
fn implicit(permissions: Permissions, kind: ChannelKind) -> Permissions {
    if !permissions.contains(Permissions::VIEW_CHANNEL) {
        return Permissions::empty();
    }
    let mut permissions = permissions;
    let send = if kind.is_thread() { Permissions::SEND_MESSAGES_IN_THREADS } else { Permissions::SEND_MESSAGES };
    if !permissions.contains(send) {
        permissions -= Permissions::MENTION_EVERYONE
            | Permissions::SEND_TTS_MESSAGES
            | Permissions::ATTACH_FILES
            | Permissions::EMBED_LINKS;
    }
    if kind.is_voice() && !permissions.contains(Permissions::CONNECT) {
        permissions -= Permissions::SPEAK
            | Permissions::STREAM
            | Permissions::USE_VAD
            | Permissions::PRIORITY_SPEAKER
            | Permissions::MANAGE_CHANNELS
            | WRITTEN;
    }
    permissions
}

/// What is done with messages: in a voice channel by those who could come in.
pub const WRITTEN: Permissions = Permissions::READ_MESSAGE_HISTORY
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::SEND_TTS_MESSAGES)
    .union(Permissions::SEND_VOICE_MESSAGES)
    .union(Permissions::SEND_POLLS)
    .union(Permissions::MANAGE_MESSAGES)
    .union(Permissions::PIN_MESSAGES)
    .union(Permissions::MENTION_EVERYONE)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::ADD_REACTIONS);

/// Whether who has these permissions in a channel of that kind hears what is written there.
pub fn hears(permissions: Permissions, kind: ChannelKind) -> bool {
    permissions.contains(Permissions::VIEW_CHANNEL) && (!kind.is_voice() || permissions.contains(Permissions::CONNECT))
}

/// What is left to somebody who is not let in yet, or kept from taking part: to look and to read.
pub fn limited(permissions: Permissions, limited: bool) -> Permissions {
    if limited && !permissions.contains(Permissions::ADMINISTRATOR) { permissions & LOOK } else { permissions }
}

const LOOK: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::READ_MESSAGE_HISTORY);

/// What is left to somebody in a timeout: to look and to read. Both moments in microseconds.
pub fn timed_out(permissions: Permissions, until: Option<i64>, now: i64) -> Permissions {
    if until.is_some_and(|until| until > now) && !permissions.contains(Permissions::ADMINISTRATOR) {
        permissions & LOOK
    } else {
        permissions
    }
}

/// The permission that sending a message to a channel of that kind takes.
pub const fn to_send(kind: ChannelKind) -> Permissions {
    if kind.is_thread() { Permissions::SEND_MESSAGES_IN_THREADS } else { Permissions::SEND_MESSAGES }
}

/// What the people in a direct message may do there.
pub fn private() -> Permissions {
    Permissions::VIEW_CHANNEL
        | Permissions::SEND_MESSAGES
        | Permissions::EMBED_LINKS
        | Permissions::ATTACH_FILES
        | Permissions::READ_MESSAGE_HISTORY
        | Permissions::ADD_REACTIONS
        | Permissions::USE_EXTERNAL_EMOJIS
        | Permissions::USE_EXTERNAL_STICKERS
        | Permissions::USE_SLASH_COMMANDS
        | Permissions::CONNECT
        | Permissions::SPEAK
        | Permissions::STREAM
        | Permissions::USE_VAD
        | Permissions::SEND_VOICE_MESSAGES
        | Permissions::SEND_POLLS
}
