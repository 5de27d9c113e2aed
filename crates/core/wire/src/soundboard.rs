//! Sounds that people play in voice channels.

use serde::{Deserialize, Serialize};

use crate::id::{ChannelMarker, EmojiMarker, GenericMarker, GuildMarker, Id, UserMarker};
use crate::patch::Patch;
use crate::user::User;

/// A sound: one of everybody's, or of a guild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoundboardSound {
    /// 2–32 characters.
    pub name: String,
    /// The sound.
    pub sound_id: Id<GenericMarker>,
    /// 0 to 1.
    pub volume: f64,
    /// A custom emoji beside it.
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// A standard emoji beside it.
    pub emoji_name: Option<String>,
    /// Whose; absent for everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// May be used.
    pub available: bool,
    /// Who uploaded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// A sound that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundboardSoundDelete {
    /// Which.
    pub sound_id: Id<GenericMarker>,
    /// Whose.
    pub guild_id: Id<GuildMarker>,
}

/// `VOICE_CHANNEL_EFFECT_SEND`: somebody plays a sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceEffect {
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Who.
    pub user_id: Id<UserMarker>,
    /// The emoji beside the sound.
    pub emoji: Option<crate::emoji::PartialEmoji>,
    /// Which sound.
    pub sound_id: Id<GenericMarker>,
    /// How loud.
    pub sound_volume: f64,
}

/// Body of uploading a sound.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SoundCreate {
    /// See [`SoundboardSound::name`].
    pub name: String,
    /// Data URL.
    pub sound: String,
    /// See [`SoundboardSound::volume`].
    pub volume: Option<f64>,
    /// See [`SoundboardSound::emoji_id`].
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// See [`SoundboardSound::emoji_name`].
    pub emoji_name: Option<String>,
}

/// Body of changing a sound.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SoundPatch {
    /// See [`SoundboardSound::name`].
    pub name: Patch<String>,
    /// See [`SoundboardSound::volume`].
    pub volume: Patch<f64>,
    /// See [`SoundboardSound::emoji_id`].
    pub emoji_id: Patch<Id<EmojiMarker>>,
    /// See [`SoundboardSound::emoji_name`].
    pub emoji_name: Patch<String>,
}

/// Body of playing a sound.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SoundSend {
    /// Which.
    pub sound_id: Option<Id<GenericMarker>>,
    /// Of which guild, where it is not the channel's.
    pub source_guild_id: Option<Id<GuildMarker>>,
}
