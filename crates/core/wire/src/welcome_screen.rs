//! The screen that greets whoever comes to a guild.

use serde::{Deserialize, Serialize};

use crate::error::FormErrors;
use crate::id::{ChannelMarker, EmojiMarker, Id};
use crate::loose::Bool;
use crate::patch::Patch;

/// Most channels on it.
pub const CHANNELS: usize = 5;

/// What it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomeScreen {
    /// What the guild is about.
    pub description: Option<String>,
    /// Where to look first.
    pub welcome_channels: Vec<WelcomeChannel>,
}

/// A channel on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomeChannel {
    /// The channel.
    pub channel_id: Id<ChannelMarker>,
    /// 1–50 characters.
    pub description: String,
    /// A custom emoji beside it.
    #[serde(default)]
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// Its name, or a standard emoji.
    #[serde(default)]
    pub emoji_name: Option<String>,
}

/// Body of changing it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WelcomeScreenPatch {
    /// Whether it is shown.
    pub enabled: Patch<Bool>,
    /// See [`WelcomeScreen::description`].
    pub description: Patch<String>,
    /// See [`WelcomeScreen::welcome_channels`].
    pub welcome_channels: Patch<Vec<WelcomeChannel>>,
}

impl WelcomeScreenPatch {
    /// Checks lengths, and that channels are those of the guild.
    pub fn validate(&self, known: impl Fn(Id<ChannelMarker>) -> bool) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        if let Patch::Value(text) = &self.description {
            errors.length("description", text, 0, 140);
        }
        if let Patch::Value(channels) = &self.welcome_channels {
            errors.count("welcome_channels", channels.len(), 0, CHANNELS);
            for (index, channel) in channels.iter().take(CHANNELS).enumerate() {
                let place = errors.path(&format!("welcome_channels.{index}"));
                place.length("description", &channel.description, 1, 50);
                if let Some(name) = &channel.emoji_name {
                    place.length("emoji_name", name, 0, 100);
                }
                if !known(channel.channel_id) {
                    place.at("channel_id").push("CHANNEL_INVALID", "Not a channel of this guild.");
                }
            }
        }
        errors.finish()
    }
}
