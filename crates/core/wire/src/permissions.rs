//! What somebody may do, as bits: Discord's whole list.

use std::fmt;

use bitflags::bitflags;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

bitflags! {
    /// Permissions. Bits that stand for nothing are dropped when they are read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Permissions: u64 {
        /// Make invites.
        const CREATE_INVITE = 1;
        /// Remove members.
        const KICK_MEMBERS = 1 << 1;
        /// Ban members.
        const BAN_MEMBERS = 1 << 2;
        /// Everything, whatever a channel says.
        const ADMINISTRATOR = 1 << 3;
        /// Manage channels.
        const MANAGE_CHANNELS = 1 << 4;
        /// Manage the guild.
        const MANAGE_GUILD = 1 << 5;
        /// React with what nobody reacted with yet.
        const ADD_REACTIONS = 1 << 6;
        /// Read the audit log.
        const VIEW_AUDIT_LOG = 1 << 7;
        /// Be heard above others.
        const PRIORITY_SPEAKER = 1 << 8;
        /// Share camera and screen.
        const STREAM = 1 << 9;
        /// See a channel.
        const VIEW_CHANNEL = 1 << 10;
        /// Write messages, and posts of forums; not in threads.
        const SEND_MESSAGES = 1 << 11;
        /// Have messages read aloud.
        const SEND_TTS_MESSAGES = 1 << 12;
        /// Remove what others wrote.
        const MANAGE_MESSAGES = 1 << 13;
        /// Show cards.
        const EMBED_LINKS = 1 << 14;
        /// Send files.
        const ATTACH_FILES = 1 << 15;
        /// Read what was written before.
        const READ_MESSAGE_HISTORY = 1 << 16;
        /// Call everybody.
        const MENTION_EVERYONE = 1 << 17;
        /// Use emoji of other guilds.
        const USE_EXTERNAL_EMOJIS = 1 << 18;
        /// Read the guild's figures.
        const VIEW_GUILD_INSIGHTS = 1 << 19;
        /// Come into voice channels.
        const CONNECT = 1 << 20;
        /// Speak there.
        const SPEAK = 1 << 21;
        /// Mute others.
        const MUTE_MEMBERS = 1 << 22;
        /// Deafen others.
        const DEAFEN_MEMBERS = 1 << 23;
        /// Move others.
        const MOVE_MEMBERS = 1 << 24;
        /// Speak without a key held.
        const USE_VAD = 1 << 25;
        /// Change one's own name.
        const CHANGE_NICKNAME = 1 << 26;
        /// Change others' names.
        const MANAGE_NICKNAMES = 1 << 27;
        /// Manage roles, and what they may in a channel.
        const MANAGE_ROLES = 1 << 28;
        /// Manage webhooks.
        const MANAGE_WEBHOOKS = 1 << 29;
        /// Manage emoji, stickers and sounds of everybody.
        const MANAGE_GUILD_EXPRESSIONS = 1 << 30;
        /// Use commands of applications.
        const USE_SLASH_COMMANDS = 1 << 31;
        /// Ask for the word on a stage.
        const REQUEST_TO_SPEAK = 1 << 32;
        /// Manage scheduled events of everybody.
        const MANAGE_EVENTS = 1 << 33;
        /// Manage threads, and see the private ones.
        const MANAGE_THREADS = 1 << 34;
        /// Begin threads for everybody.
        const CREATE_PUBLIC_THREADS = 1 << 35;
        /// Begin threads for some.
        const CREATE_PRIVATE_THREADS = 1 << 36;
        /// Use stickers of other guilds.
        const USE_EXTERNAL_STICKERS = 1 << 37;
        /// Write messages in threads.
        const SEND_MESSAGES_IN_THREADS = 1 << 38;
        /// Begin activities.
        const USE_EMBEDDED_ACTIVITIES = 1 << 39;
        /// Send others into a timeout.
        const MODERATE_MEMBERS = 1 << 40;
        /// Read what role subscriptions bring in.
        const VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41;
        /// Play sounds.
        const USE_SOUNDBOARD = 1 << 42;
        /// Make emoji, stickers and sounds.
        const CREATE_GUILD_EXPRESSIONS = 1 << 43;
        /// Make scheduled events.
        const CREATE_EVENTS = 1 << 44;
        /// Play sounds of other guilds.
        const USE_EXTERNAL_SOUNDS = 1 << 45;
        /// Send voice messages.
        const SEND_VOICE_MESSAGES = 1 << 46;
        /// Say what goes on in a voice channel.
        const SET_VOICE_CHANNEL_STATUS = 1 << 48;
        /// Ask polls.
        const SEND_POLLS = 1 << 49;
        /// Have one's own applications answer for all to see.
        const USE_EXTERNAL_APPS = 1 << 50;
        /// Pin messages.
        const PIN_MESSAGES = 1 << 51;
        /// Write as often as one likes.
        const BYPASS_SLOWMODE = 1 << 52;
    }
}

impl From<u64> for Permissions {
    fn from(bits: u64) -> Self {
        Self::from_bits_truncate(bits)
    }
}

impl From<Permissions> for u64 {
    fn from(permissions: Permissions) -> Self {
        permissions.bits()
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.bits())
    }
}

struct Bits;

impl Visitor<'_> for Bits {
    type Value = Permissions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("permissions as a number or in quotes")
    }

    fn visit_u64<E: Error>(self, bits: u64) -> Result<Permissions, E> {
        Ok(bits.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Permissions, E> {
        let bits: u64 = text.parse().map_err(|_| E::custom("permissions are not a number"))?;
        Ok(bits.into())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Bits)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::Permissions;

    #[test]
    fn bits_are_read_in_both_forms_and_written_in_quotes() {
        let status = Permissions::SET_VOICE_CHANNEL_STATUS;
        for value in [json!(1_u64 << 48), json!("281474976710656")] {
            assert_eq!(serde_json::from_value::<Permissions>(value).unwrap(), status);
        }
        assert_eq!(serde_json::to_value(status).unwrap(), json!("281474976710656"));
        let unknown: Permissions = serde_json::from_value(json!(u64::MAX)).unwrap();
        assert_eq!(unknown, Permissions::all());
        for value in [json!(-1), json!("much"), json!(null)] {
            assert!(serde_json::from_value::<Permissions>(value).is_err());
        }
    }

    #[test]
    fn bits_stand_where_others_have_them() {
        for (name, theirs) in twilight_model::guild::Permissions::all().iter_names() {
            assert_eq!(
                Permissions::from_bits_retain(theirs.bits()) & Permissions::all(),
                theirs.bits().into(),
                "{name}"
            );
            assert!(Permissions::all().bits() & theirs.bits() == theirs.bits(), "{name}");
        }
    }
}
