//! Stage instances: what goes on on a stage.

use serde::{Deserialize, Serialize};

use crate::id::{ChannelMarker, GuildMarker, Id, ScheduledEventMarker, StageMarker};
use crate::loose::{Bool, Int};
use crate::patch::Patch;

/// What goes on on a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageInstance {
    /// The instance.
    pub id: Id<StageMarker>,
    /// Whose.
    pub guild_id: Id<GuildMarker>,
    /// On which stage.
    pub channel_id: Id<ChannelMarker>,
    /// 1–120 characters.
    pub topic: String,
    /// 2: for members. 1 was for everybody, and is deprecated.
    pub privacy_level: u8,
    /// Always true.
    pub discoverable_disabled: bool,
    /// Which event takes place.
    pub guild_scheduled_event_id: Option<Id<ScheduledEventMarker>>,
}

/// Body of opening a stage, or changing what goes on there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StageBody {
    /// See [`StageInstance::channel_id`]; only where it is opened.
    pub channel_id: Option<Id<ChannelMarker>>,
    /// See [`StageInstance::topic`].
    pub topic: Patch<String>,
    /// See [`StageInstance::privacy_level`].
    pub privacy_level: Patch<Int<u8>>,
    /// Pings everybody; only where it is opened.
    pub send_start_notification: Option<Bool>,
    /// See [`StageInstance::guild_scheduled_event_id`]; only where it is opened.
    pub guild_scheduled_event_id: Option<Id<ScheduledEventMarker>>,
}
