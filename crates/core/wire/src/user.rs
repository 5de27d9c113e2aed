//! People and bots.

use serde::{Deserialize, Serialize};

use crate::id::{Id, UserMarker};

/// A user as everybody sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The account.
    pub id: Id<UserMarker>,
    /// Unique, lower case among people.
    pub username: String,
    /// `"0"` for people; four digits for nobody any more.
    pub discriminator: String,
    /// The name shown, if one was chosen.
    pub global_name: Option<String>,
    /// Image hash.
    pub avatar: Option<String>,
    /// Whether it is an application's account.
    #[serde(default)]
    pub bot: bool,
    /// Whether the server itself speaks.
    #[serde(default)]
    pub system: bool,
    /// Image hash.
    pub banner: Option<String>,
    /// 24-bit RGB.
    pub accent_color: Option<u32>,
    /// Badges.
    #[serde(default)]
    pub public_flags: u32,
    /// The same, as Discord repeats it.
    #[serde(default)]
    pub flags: u64,
    /// Always null here: decorations are not offered.
    pub avatar_decoration_data: Option<serde_json::Value>,
    /// Always null here: collectibles are not offered.
    pub collectibles: Option<serde_json::Value>,
    /// Always null here: server tags are not offered.
    pub primary_guild: Option<serde_json::Value>,
}

impl User {
    /// A user with nothing but a name.
    pub fn new(id: Id<UserMarker>, username: impl Into<String>, bot: bool) -> Self {
        Self {
            id,
            username: username.into(),
            discriminator: if bot { "0000".into() } else { "0".into() },
            global_name: None,
            avatar: None,
            bot,
            system: false,
            banner: None,
            accent_color: None,
            public_flags: 0,
            flags: 0,
            avatar_decoration_data: None,
            collectibles: None,
            primary_guild: None,
        }
    }

    /// The name that people see: the chosen one, else the account's.
    pub fn display_name(&self) -> &str {
        self.global_name.as_deref().unwrap_or(&self.username)
    }
}

/// A user as it sees itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurrentUser {
    /// What everybody sees.
    #[serde(flatten)]
    pub user: User,
    /// Whether a second factor is set up.
    pub mfa_enabled: bool,
    /// BCP 47, one of Discord's list.
    pub locale: String,
    /// Always 0: nothing is paid for.
    pub premium_type: u8,
    /// Only for the account itself; bots have none.
    pub email: Option<String>,
    /// Whether the account may be used. Always: clients ask people to confirm their address otherwise, which nobody needs here. Of
    /// the address it says nothing.
    pub verified: bool,
    /// About me.
    pub bio: String,
    /// As chosen.
    pub pronouns: String,
    /// Guildhall's own: whether it administers the instance. Others have no such field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub staff: bool,
}
