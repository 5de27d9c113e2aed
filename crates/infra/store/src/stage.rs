//! Stage instances.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, ScheduledEventMarker, StageMarker};
use guildhall_wire::stage::StageInstance;

use crate::select;

record! {
    /// What goes on on a stage.
    #[derive(Clone, Debug)]
    pub struct StageRow {
        /// The instance.
        pub id: Id<StageMarker>,
        /// Whose.
        pub guild_id: Id<GuildMarker>,
        /// On which stage.
        pub channel_id: Id<ChannelMarker>,
        /// What about.
        pub topic: String,
        /// See [`StageInstance::privacy_level`].
        pub privacy_level: u8,
        /// Which event takes place.
        pub event_id: Option<Id<ScheduledEventMarker>>,
        /// Since when nobody speaks, in microseconds.
        pub silent_since: Option<i64>,
    }
}

impl StageRow {
    /// As clients see it.
    pub fn stage(&self) -> StageInstance {
        StageInstance {
            id: self.id,
            guild_id: self.guild_id,
            channel_id: self.channel_id,
            topic: self.topic.clone(),
            privacy_level: self.privacy_level,
            discoverable_disabled: true,
            guild_scheduled_event_id: self.event_id,
        }
    }
}

/// Everything that goes on: for building the directory.
pub async fn all(run: &mut dyn Run) -> Result<Vec<StageRow>> {
    run.all(&select::<StageRow>("stage_instances", "ORDER BY id"), vec![]).await
}

/// What goes on in a guild.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<StageRow>> {
    run.all(&select::<StageRow>("stage_instances", "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// What goes on on a stage.
pub async fn of_channel(run: &mut dyn Run, channel: Id<ChannelMarker>) -> Result<Option<StageRow>> {
    run.maybe(&select::<StageRow>("stage_instances", "WHERE channel_id = $1"), values![channel]).await
}

/// Adds an instance.
pub async fn insert(run: &mut dyn Run, row: &StageRow) -> Result<()> {
    crate::insert(run, "stage_instances", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &StageRow) -> Result<()> {
    crate::update(run, "stage_instances", "id = $1", row).await
}

/// Removes an instance.
pub async fn delete(run: &mut dyn Run, id: Id<StageMarker>) -> Result<()> {
    run.execute("DELETE FROM stage_instances WHERE id = $1", values![id]).await?;
    Ok(())
}
