//! Scheduled events of guilds, how they recur, and who is interested.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::id::{ChannelMarker, GenericMarker, GuildMarker, Id, ScheduledEventMarker, UserMarker};
use crate::loose::Int;
use crate::member::Member;
use crate::patch::Patch;
use crate::user::User;

/// How an event stands.
pub mod status {
    /// It is to come.
    pub const SCHEDULED: u8 = 1;
    /// It goes on.
    pub const ACTIVE: u8 = 2;
    /// It is over.
    pub const COMPLETED: u8 = 3;
    /// It did not take place.
    pub const CANCELED: u8 = 4;
}

/// Where an event is.
pub mod entity {
    /// On a stage.
    pub const STAGE: u8 = 1;
    /// In a voice channel.
    pub const VOICE: u8 = 2;
    /// Somewhere else.
    pub const EXTERNAL: u8 = 3;
}

/// A scheduled event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduledEvent {
    /// The event.
    pub id: Id<ScheduledEventMarker>,
    /// Whose.
    pub guild_id: Id<GuildMarker>,
    /// Stage or voice channel; null elsewhere.
    pub channel_id: Option<Id<ChannelMarker>>,
    /// Who made it.
    pub creator_id: Option<Id<UserMarker>>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<User>,
    /// 1–100 characters.
    pub name: String,
    /// Up to 1000 characters.
    pub description: Option<String>,
    /// Image hash.
    pub image: Option<String>,
    /// When it begins; of those that recur, the next time.
    pub scheduled_start_time: Timestamp,
    /// When it ends.
    pub scheduled_end_time: Option<Timestamp>,
    /// Always 2: for members.
    pub privacy_level: u8,
    /// See [`status`].
    pub status: u8,
    /// See [`entity`].
    pub entity_type: u8,
    /// The stage instance, while there is one.
    pub entity_id: Option<Id<GenericMarker>>,
    /// Of events elsewhere: where.
    pub entity_metadata: Option<EntityMetadata>,
    /// How often it comes again.
    pub recurrence_rule: Option<RecurrenceRule>,
    /// Where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_count: Option<u32>,
    /// Times that are left out or moved.
    #[serde(default)]
    pub guild_scheduled_event_exceptions: Vec<EventException>,
}

/// Where an event elsewhere is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntityMetadata {
    /// 1–100 characters.
    pub location: Option<String>,
}

/// How often an event comes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurrenceRule {
    /// From when on; gives the time of the day.
    #[serde(deserialize_with = "crate::loose::time::required")]
    pub start: Timestamp,
    /// Always null.
    #[serde(default, deserialize_with = "crate::loose::time::optional")]
    pub end: Option<Timestamp>,
    /// 0 each year, 1 month, 2 week, 3 day.
    pub frequency: u8,
    /// 1, or 2 for every other week.
    #[serde(default = "one", deserialize_with = "interval")]
    pub interval: u32,
    /// 0 Monday – 6 Sunday.
    #[serde(default)]
    pub by_weekday: Option<Vec<u8>>,
    /// A weekday in a week of the month.
    #[serde(default)]
    pub by_n_weekday: Option<Vec<NWeekday>>,
    /// 1–12.
    #[serde(default)]
    pub by_month: Option<Vec<u8>>,
    /// 1–31.
    #[serde(default)]
    pub by_month_day: Option<Vec<u8>>,
    /// Always null.
    #[serde(default)]
    pub by_year_day: Option<Vec<u16>>,
    /// Always null.
    #[serde(default)]
    pub count: Option<u32>,
}

/// A weekday in a week of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NWeekday {
    /// 1–5, where 5 is the last.
    pub n: u8,
    /// 0 Monday – 6 Sunday.
    pub day: u8,
}

fn one() -> u32 {
    1
}

fn interval<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(Option::<Int<u32>>::deserialize(deserializer)?.map_or(1, |interval| interval.0))
}

/// One time of an event that recurs which is left out or moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventException {
    /// The event.
    pub event_id: Id<ScheduledEventMarker>,
    /// Carries when it would have begun.
    pub event_exception_id: Id<GenericMarker>,
    /// Whose event; in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// When it begins instead.
    pub scheduled_start_time: Option<Timestamp>,
    /// When it ends instead.
    pub scheduled_end_time: Option<Timestamp>,
    /// It is left out.
    pub is_canceled: bool,
}

/// Body of making or changing an event.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ScheduledEventBody {
    /// See [`ScheduledEvent::channel_id`].
    pub channel_id: Patch<Id<ChannelMarker>>,
    /// See [`ScheduledEvent::entity_metadata`].
    pub entity_metadata: Patch<EntityMetadata>,
    /// See [`ScheduledEvent::name`].
    pub name: Patch<String>,
    /// See [`ScheduledEvent::privacy_level`].
    pub privacy_level: Patch<Int<u8>>,
    /// See [`ScheduledEvent::scheduled_start_time`].
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub scheduled_start_time: Patch<Timestamp>,
    /// See [`ScheduledEvent::scheduled_end_time`].
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub scheduled_end_time: Patch<Timestamp>,
    /// See [`ScheduledEvent::description`].
    pub description: Patch<String>,
    /// See [`entity`].
    pub entity_type: Patch<Int<u8>>,
    /// See [`status`].
    pub status: Patch<Int<u8>>,
    /// Data URL.
    pub image: Patch<String>,
    /// See [`ScheduledEvent::recurrence_rule`].
    pub recurrence_rule: Patch<RecurrenceRule>,
}

/// Body of making or changing an exception.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventExceptionBody {
    /// When it would have begun: where it is made.
    #[serde(deserialize_with = "crate::loose::time::optional")]
    pub original_scheduled_start_time: Option<Timestamp>,
    /// See [`EventException::scheduled_start_time`].
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub scheduled_start_time: Patch<Timestamp>,
    /// See [`EventException::scheduled_end_time`].
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub scheduled_end_time: Patch<Timestamp>,
    /// See [`EventException::is_canceled`].
    pub is_canceled: Patch<bool>,
}

/// Somebody who is interested in an event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduledEventUser {
    /// The event.
    pub guild_scheduled_event_id: Id<ScheduledEventMarker>,
    /// Of those that recur, one time of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild_scheduled_event_exception_id: Option<Id<GenericMarker>>,
    /// Who.
    pub user_id: Id<UserMarker>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The same as a member, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// Always 1: interested.
    pub response: u8,
}

/// `GUILD_SCHEDULED_EVENT_USER_ADD` and `…_REMOVE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledEventInterest {
    /// The event.
    pub guild_scheduled_event_id: Id<ScheduledEventMarker>,
    /// Of those that recur, one time of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_scheduled_event_exception_id: Option<Id<GenericMarker>>,
    /// Who.
    pub user_id: Id<UserMarker>,
    /// Whose event.
    pub guild_id: Id<GuildMarker>,
}

/// How many are interested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScheduledEventCounts {
    /// In the event.
    pub guild_scheduled_event_count: u32,
    /// In single times of it.
    pub guild_scheduled_event_exception_counts: BTreeMap<String, u32>,
}
