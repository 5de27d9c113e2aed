//! Users as members of a guild.

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::id::{ChannelMarker, GuildMarker, Id, RoleMarker, UserMarker};
use crate::loose::Int;
use crate::patch::Patch;
use crate::user::User;

/// A member. `user` is left out inside messages, where the author stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Name in this guild.
    pub nick: Option<String>,
    /// Image hash in this guild.
    pub avatar: Option<String>,
    /// Image hash in this guild.
    pub banner: Option<String>,
    /// Roles held, without `@everyone`.
    pub roles: Vec<Id<RoleMarker>>,
    /// When it joined.
    pub joined_at: Timestamp,
    /// Always null: there are no boosts.
    pub premium_since: Option<Timestamp>,
    /// Deafened by a moderator.
    pub deaf: bool,
    /// Muted by a moderator.
    pub mute: bool,
    /// Discord's member flags; 1 = has rejoined.
    pub flags: u32,
    /// Has not passed membership screening yet.
    pub pending: bool,
    /// End of a timeout.
    pub communication_disabled_until: Option<Timestamp>,
    /// Always null here.
    pub avatar_decoration_data: Option<serde_json::Value>,
    /// Always null here.
    pub collectibles: Option<serde_json::Value>,
    /// Only inside interactions: what the member may do in the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
}

/// Bits of [`Member::flags`].
pub mod flags {
    /// Needs not be let in by a form.
    pub const BYPASSES_VERIFICATION: u32 = 1 << 2;
    /// A name of the member breaks a rule: it looks and reads only.
    pub const AUTOMOD_QUARANTINED: u32 = 1 << 7;
}

impl Member {
    /// Whether it may do no more than look and read.
    pub const fn is_limited(&self) -> bool {
        (self.pending && self.flags & flags::BYPASSES_VERIFICATION == 0) || self.flags & flags::AUTOMOD_QUARANTINED != 0
    }
}

/// Body of changing a member.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MemberBody {
    /// See [`Member::nick`].
    pub nick: Patch<String>,
    /// The whole new set.
    pub roles: Patch<Vec<Id<RoleMarker>>>,
    /// See [`Member::mute`].
    pub mute: Patch<bool>,
    /// See [`Member::deaf`].
    pub deaf: Patch<bool>,
    /// Moves to a voice channel; null disconnects.
    pub channel_id: Patch<Id<ChannelMarker>>,
    /// See [`Member::communication_disabled_until`].
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub communication_disabled_until: Patch<Timestamp>,
    /// See [`Member::flags`].
    pub flags: Patch<Int<u32>>,
}

/// Body of changing oneself in a guild.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnMemberBody {
    /// See [`Member::nick`].
    pub nick: Patch<String>,
    /// Data URL.
    pub avatar: Patch<String>,
    /// Data URL.
    pub banner: Patch<String>,
    /// About me, in this guild.
    pub bio: Patch<String>,
}

/// A member together with its guild: the body of `GUILD_MEMBER_ADD` and `_UPDATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuildMember {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Who.
    #[serde(flatten)]
    pub member: Member,
}

impl GuildMember {
    /// Whose membership it is.
    pub fn user_id(&self) -> Option<Id<UserMarker>> {
        self.member.user.as_ref().map(|user| user.id)
    }
}
