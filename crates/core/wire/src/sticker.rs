//! Stickers, as far as messages carry them.

use serde::{Deserialize, Serialize};

use crate::id::{Id, StickerMarker};

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
