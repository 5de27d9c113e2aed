//! Stickers of guilds.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{GuildMarker, Id, StickerMarker, UserMarker};
use guildhall_wire::sticker::{Sticker, StickerItem};
use guildhall_wire::user::User;

use crate::select;

record! {
    /// A sticker.
    #[derive(Clone, Debug)]
    pub struct StickerRow {
        /// The sticker.
        pub id: Id<StickerMarker>,
        /// Whose.
        pub guild_id: Id<GuildMarker>,
        /// Its name.
        pub name: String,
        /// What it shows.
        pub description: Option<String>,
        /// Words by which it is found.
        pub tags: String,
        /// See [`Sticker::format_type`].
        pub format: u8,
        /// Who uploaded it.
        pub user_id: Option<Id<UserMarker>>,
    }
}

impl StickerRow {
    /// As clients see it.
    pub fn sticker(&self, user: Option<User>) -> Sticker {
        Sticker {
            id: self.id,
            name: self.name.clone(),
            description: self.description.clone(),
            tags: self.tags.clone(),
            kind: 2,
            format_type: self.format,
            available: true,
            guild_id: self.guild_id,
            user,
        }
    }

    /// As a message carries it.
    pub fn item(&self) -> StickerItem {
        StickerItem { id: self.id, name: self.name.clone(), format_type: self.format }
    }
}

/// Every sticker: for building the directory.
pub async fn all(run: &mut dyn Run) -> Result<Vec<StickerRow>> {
    run.all(&select::<StickerRow>("stickers", "ORDER BY id"), vec![]).await
}

/// A guild's stickers, oldest first.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<StickerRow>> {
    run.all(&select::<StickerRow>("stickers", "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// The sticker with that id.
pub async fn get(run: &mut dyn Run, id: Id<StickerMarker>) -> Result<Option<StickerRow>> {
    run.maybe(&select::<StickerRow>("stickers", "WHERE id = $1"), values![id]).await
}

/// Adds a sticker.
pub async fn insert(run: &mut dyn Run, row: &StickerRow) -> Result<()> {
    crate::insert(run, "stickers", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &StickerRow) -> Result<()> {
    crate::update(run, "stickers", "id = $1", row).await
}

/// Removes a sticker.
pub async fn delete(run: &mut dyn Run, id: Id<StickerMarker>) -> Result<()> {
    run.execute("DELETE FROM stickers WHERE id = $1", values![id]).await?;
    Ok(())
}
