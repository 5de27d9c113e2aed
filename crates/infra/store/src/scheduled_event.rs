//! Scheduled events, and who is interested in them.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{ChannelMarker, GenericMarker, GuildMarker, Id, ScheduledEventMarker, UserMarker};
use guildhall_wire::scheduled_event::{EntityMetadata, EventException, RecurrenceRule, ScheduledEvent, entity};
use guildhall_wire::user::User;

use crate::{select, timestamp};

record! {
    /// A scheduled event.
    #[derive(Clone, Debug)]
    pub struct ScheduledEventRow {
        /// The event.
        pub id: Id<ScheduledEventMarker>,
        /// Whose.
        pub guild_id: Id<GuildMarker>,
        /// Where.
        pub channel_id: Option<Id<ChannelMarker>>,
        /// Who made it.
        pub creator_id: Option<Id<UserMarker>>,
        /// Its name.
        pub name: String,
        /// What it is about.
        pub description: Option<String>,
        /// Image hash.
        pub image: Option<String>,
        /// When it begins, in microseconds.
        pub start_at: i64,
        /// When it ends, in microseconds.
        pub end_at: Option<i64>,
        /// When this time of it begins by its rule, in microseconds.
        pub occurrence_at: i64,
        /// How long it lasts, in microseconds.
        pub duration: Option<i64>,
        /// See [`guildhall_wire::scheduled_event::status`].
        pub status: u8,
        /// See [`guildhall_wire::scheduled_event::entity`].
        pub entity_type: u8,
        /// The stage instance.
        pub entity_id: Option<Id<GenericMarker>>,
        /// Of events elsewhere.
        pub location: Option<String>,
        /// How often it comes again.
        pub recurrence: Option<Json<RecurrenceRule>>,
        /// Times that are left out or moved.
        pub exceptions: Json<Vec<EventException>>,
        /// Since when nobody is in the channel while it goes on, in microseconds.
        pub empty_since: Option<i64>,
    }
}

impl ScheduledEventRow {
    /// As clients see it.
    pub fn event(&self, creator: Option<User>) -> ScheduledEvent {
        ScheduledEvent {
            id: self.id,
            guild_id: self.guild_id,
            channel_id: self.channel_id,
            creator_id: self.creator_id,
            creator,
            name: self.name.clone(),
            description: self.description.clone(),
            image: self.image.clone(),
            scheduled_start_time: timestamp(self.start_at),
            scheduled_end_time: self.end_at.map(timestamp),
            privacy_level: 2,
            status: self.status,
            entity_type: self.entity_type,
            entity_id: self.entity_id,
            entity_metadata: (self.entity_type == entity::EXTERNAL)
                .then(|| EntityMetadata { location: self.location.clone() }),
            recurrence_rule: self.recurrence.as_ref().map(|rule| rule.0.clone()),
            user_count: None,
            guild_scheduled_event_exceptions: self.exceptions.0.clone(),
        }
    }
}

const TABLE: &str = "scheduled_events";

/// Every event that is to come or goes on: for building the directory.
pub async fn all_open(run: &mut dyn Run) -> Result<Vec<ScheduledEventRow>> {
    run.all(&select::<ScheduledEventRow>(TABLE, "WHERE status IN (1, 2) ORDER BY id"), vec![]).await
}

/// A guild's events that are to come or go on, oldest first.
pub async fn open_of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<ScheduledEventRow>> {
    let rest = "WHERE guild_id = $1 AND status IN (1, 2) ORDER BY id";
    run.all(&select::<ScheduledEventRow>(TABLE, rest), values![guild]).await
}

/// All events of a guild.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<ScheduledEventRow>> {
    run.all(&select::<ScheduledEventRow>(TABLE, "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// The event with that id.
pub async fn get(run: &mut dyn Run, id: Id<ScheduledEventMarker>) -> Result<Option<ScheduledEventRow>> {
    run.maybe(&select::<ScheduledEventRow>(TABLE, "WHERE id = $1"), values![id]).await
}

/// Adds an event.
pub async fn insert(run: &mut dyn Run, row: &ScheduledEventRow) -> Result<()> {
    crate::insert(run, TABLE, row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &ScheduledEventRow) -> Result<()> {
    crate::update(run, TABLE, "id = $1", row).await
}

/// Removes an event.
pub async fn delete(run: &mut dyn Run, id: Id<ScheduledEventMarker>) -> Result<()> {
    run.execute("DELETE FROM scheduled_events WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Notes that somebody is interested in an event, or one time of it (0: all of it); says whether that is new.
pub async fn add_user(
    run: &mut dyn Run,
    event: Id<ScheduledEventMarker>,
    exception: u64,
    user: Id<UserMarker>,
) -> Result<bool> {
    let sql = "INSERT INTO scheduled_event_users (event_id, exception_id, user_id) VALUES ($1, $2, $3) \
               ON CONFLICT (event_id, exception_id, user_id) DO NOTHING";
    Ok(run.execute(sql, values![event, exception, user]).await? > 0)
}

/// Forgets that; says whether somebody was.
pub async fn remove_user(
    run: &mut dyn Run,
    event: Id<ScheduledEventMarker>,
    exception: u64,
    user: Id<UserMarker>,
) -> Result<bool> {
    let sql = "DELETE FROM scheduled_event_users WHERE event_id = $1 AND exception_id = $2 AND user_id = $3";
    Ok(run.execute(sql, values![event, exception, user]).await? > 0)
}

/// Forgets somebody's interest in all events of a guild, as they leave it; gives in which events as a whole.
pub async fn leave_guild(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    user: Id<UserMarker>,
) -> Result<Vec<Id<ScheduledEventMarker>>> {
    let of_guild = "event_id IN (SELECT id FROM scheduled_events WHERE guild_id = $2)";
    let sql =
        format!("SELECT event_id FROM scheduled_event_users WHERE user_id = $1 AND exception_id = 0 AND {of_guild}");
    let events = run.column(&sql, values![user, guild]).await?;
    let sql = format!("DELETE FROM scheduled_event_users WHERE user_id = $1 AND {of_guild}");
    run.execute(&sql, values![user, guild]).await?;
    Ok(events)
}

/// Forgets who was interested in one time of an event.
pub async fn clear_exception(run: &mut dyn Run, event: Id<ScheduledEventMarker>, exception: u64) -> Result<()> {
    let sql = "DELETE FROM scheduled_event_users WHERE event_id = $1 AND exception_id = $2";
    run.execute(sql, values![event, exception]).await?;
    Ok(())
}

/// How many are interested, by exception (0: the event as a whole).
pub async fn counts(run: &mut dyn Run, event: Id<ScheduledEventMarker>) -> Result<Vec<(u64, u32)>> {
    let sql = "SELECT exception_id, COUNT(*) FROM scheduled_event_users WHERE event_id = $1 GROUP BY exception_id";
    run.query(sql, values![event]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Who is interested, by rising id: above one, or the nearest below one.
pub async fn users(
    run: &mut dyn Run,
    event: Id<ScheduledEventMarker>,
    exception: u64,
    before: Option<u64>,
    after: u64,
    limit: u32,
) -> Result<Vec<Id<UserMarker>>> {
    let select = "SELECT user_id FROM scheduled_event_users WHERE event_id = $1 AND exception_id = $2";
    let (sql, bound) = match before {
        Some(before) => (format!("{select} AND user_id < $3 ORDER BY user_id DESC LIMIT $4"), before),
        None => (format!("{select} AND user_id > $3 ORDER BY user_id LIMIT $4"), after),
    };
    let mut users: Vec<Id<UserMarker>> = run.column(&sql, values![event, exception, bound, limit]).await?;
    users.sort_unstable();
    Ok(users)
}
