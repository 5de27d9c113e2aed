//! The screens that greet whoever comes to a guild.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{GuildMarker, Id};
use guildhall_wire::welcome_screen::{WelcomeChannel, WelcomeScreen};

use crate::select;

record! {
    /// A guild's welcome screen.
    #[derive(Clone, Debug)]
    pub struct WelcomeScreenRow {
        /// Whose.
        pub guild_id: Id<GuildMarker>,
        /// Whether it is shown.
        pub enabled: bool,
        /// What the guild is about.
        pub description: Option<String>,
        /// Where to look first.
        pub channels: Json<Vec<WelcomeChannel>>,
    }
}

impl WelcomeScreenRow {
    /// As clients see it.
    pub fn screen(&self) -> WelcomeScreen {
        WelcomeScreen { description: self.description.clone(), welcome_channels: self.channels.0.clone() }
    }
}

/// A guild's welcome screen, if one was ever made.
pub async fn get(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Option<WelcomeScreenRow>> {
    run.maybe(&select::<WelcomeScreenRow>("welcome_screens", "WHERE guild_id = $1"), values![guild]).await
}

/// Writes it, new or not.
pub async fn set(run: &mut dyn Run, row: &WelcomeScreenRow) -> Result<()> {
    let sql = "INSERT INTO welcome_screens (guild_id, enabled, description, channels) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (guild_id) DO UPDATE SET enabled = excluded.enabled, description = excluded.description, \
               channels = excluded.channels";
    run.execute(sql, values![row.guild_id, row.enabled, row.description, row.channels]).await?;
    Ok(())
}
