//! Custom emoji of guilds and applications.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::emoji::Emoji;
use guildhall_wire::id::{ApplicationMarker, EmojiMarker, GuildMarker, Id, RoleMarker, UserMarker};
use guildhall_wire::user::User;

use crate::select;

record! {
    /// An emoji.
    #[derive(Clone, Debug)]
    pub struct EmojiRow {
        /// The emoji.
        pub id: Id<EmojiMarker>,
        /// Whose, of guilds.
        pub guild_id: Option<Id<GuildMarker>>,
        /// Whose, of applications.
        pub application_id: Option<Id<ApplicationMarker>>,
        /// Its name.
        pub name: String,
        /// Who may use it.
        pub roles: Json<Vec<Id<RoleMarker>>>,
        /// Who uploaded it.
        pub user_id: Option<Id<UserMarker>>,
        /// Moves.
        pub animated: bool,
        /// Image hash.
        pub image: String,
    }
}

impl EmojiRow {
    /// As clients see it.
    pub fn emoji(&self, user: Option<User>) -> Emoji {
        Emoji {
            id: self.id,
            name: self.name.clone(),
            roles: self.roles.0.clone(),
            user,
            require_colons: true,
            managed: false,
            animated: self.animated,
            available: true,
        }
    }
}

/// Every emoji of every guild: for building the directory.
pub async fn all_of_guilds(run: &mut dyn Run) -> Result<Vec<EmojiRow>> {
    run.all(&select::<EmojiRow>("emojis", "WHERE guild_id IS NOT NULL ORDER BY id"), vec![]).await
}

/// A guild's emoji, oldest first.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<EmojiRow>> {
    run.all(&select::<EmojiRow>("emojis", "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// An application's emoji, oldest first.
pub async fn of_application(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<Vec<EmojiRow>> {
    run.all(&select::<EmojiRow>("emojis", "WHERE application_id = $1 ORDER BY id"), values![application]).await
}

/// The image of an emoji.
pub async fn image(run: &mut dyn Run, id: Id<EmojiMarker>) -> Result<Option<String>> {
    run.scalar("SELECT image FROM emojis WHERE id = $1", values![id]).await
}

/// The emoji with that id.
pub async fn get(run: &mut dyn Run, id: Id<EmojiMarker>) -> Result<Option<EmojiRow>> {
    run.maybe(&select::<EmojiRow>("emojis", "WHERE id = $1"), values![id]).await
}

/// The emoji with those ids, in no order.
pub async fn get_many(run: &mut dyn Run, ids: &[Id<EmojiMarker>]) -> Result<Vec<EmojiRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!("WHERE id IN ({})", crate::placeholders(1, ids.len()));
    run.all(&select::<EmojiRow>("emojis", &rest), crate::ids(ids)).await
}

/// Adds an emoji.
pub async fn insert(run: &mut dyn Run, row: &EmojiRow) -> Result<()> {
    crate::insert(run, "emojis", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &EmojiRow) -> Result<()> {
    crate::update(run, "emojis", "id = $1", row).await
}

/// Removes an emoji; says whether it was there.
pub async fn delete(run: &mut dyn Run, id: Id<EmojiMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM emojis WHERE id = $1", values![id]).await? > 0)
}
