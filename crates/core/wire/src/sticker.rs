//! Stickers.

use serde::{Deserialize, Serialize};

use crate::id::{GuildMarker, Id, StickerMarker};
use crate::patch::Patch;
use crate::user::User;

/// A sticker on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickerItem {
    /// The sticker.
    pub id: Id<StickerMarker>,
    /// Its name.
    pub name: String,
    /// 1 PNG, 2 APNG, 3 Lottie, 4 GIF.
    pub format_type: u8,
}

/// A sticker of a guild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sticker {
    /// The sticker.
    pub id: Id<StickerMarker>,
    /// 2–30 characters.
    pub name: String,
    /// Up to 100 characters.
    pub description: Option<String>,
    /// Words by which it is found, up to 200 characters.
    pub tags: String,
    /// Always 2: of a guild.
    #[serde(rename = "type")]
    pub kind: u8,
    /// 1 PNG, 2 APNG, 3 Lottie, 4 GIF.
    pub format_type: u8,
    /// May be used.
    pub available: bool,
    /// Whose.
    pub guild_id: Id<GuildMarker>,
    /// Who uploaded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// Body of changing a sticker.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StickerPatch {
    /// See [`Sticker::name`].
    pub name: Patch<String>,
    /// See [`Sticker::description`].
    pub description: Patch<String>,
    /// See [`Sticker::tags`].
    pub tags: Patch<String>,
}
