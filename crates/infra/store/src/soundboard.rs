//! Sounds of guilds.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{EmojiMarker, GenericMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::soundboard::SoundboardSound;
use guildhall_wire::user::User;

use crate::select;

record! {
    /// A sound.
    #[derive(Clone, Debug)]
    pub struct SoundRow {
        /// The sound.
        pub id: Id<GenericMarker>,
        /// Whose.
        pub guild_id: Id<GuildMarker>,
        /// Its name.
        pub name: String,
        /// How loud, in thousandths.
        pub volume: u32,
        /// A custom emoji beside it.
        pub emoji_id: Option<Id<EmojiMarker>>,
        /// A standard emoji beside it.
        pub emoji_name: Option<String>,
        /// Who uploaded it.
        pub user_id: Option<Id<UserMarker>>,
    }
}

impl SoundRow {
    /// As clients see it.
    pub fn sound(&self, user: Option<User>) -> SoundboardSound {
        SoundboardSound {
            name: self.name.clone(),
            sound_id: self.id,
            volume: f64::from(self.volume) / 1000.0,
            emoji_id: self.emoji_id,
            emoji_name: self.emoji_name.clone(),
            guild_id: Some(self.guild_id),
            available: true,
            user,
        }
    }
}

/// Every sound: for building the directory.
pub async fn all(run: &mut dyn Run) -> Result<Vec<SoundRow>> {
    run.all(&select::<SoundRow>("sounds", "ORDER BY id"), vec![]).await
}

/// A guild's sounds, oldest first.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<SoundRow>> {
    run.all(&select::<SoundRow>("sounds", "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// The sound with that id.
pub async fn get(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<Option<SoundRow>> {
    run.maybe(&select::<SoundRow>("sounds", "WHERE id = $1"), values![id]).await
}

/// Adds a sound.
pub async fn insert(run: &mut dyn Run, row: &SoundRow) -> Result<()> {
    crate::insert(run, "sounds", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &SoundRow) -> Result<()> {
    crate::update(run, "sounds", "id = $1", row).await
}

/// Removes a sound.
pub async fn delete(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<()> {
    run.execute("DELETE FROM sounds WHERE id = $1", values![id]).await?;
    Ok(())
}
