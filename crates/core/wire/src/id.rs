//! Snowflakes: typed ids, how they are made and what time they carry.

pub use twilight_model::id::Id;
pub use twilight_model::id::marker::{
    ApplicationMarker, AttachmentMarker, AuditLogEntryMarker, AutoModerationRuleMarker, ChannelMarker, CommandMarker,
    CommandVersionMarker, EmojiMarker, EntitlementMarker, GenericMarker, GuildMarker, IntegrationMarker,
    InteractionMarker, MessageMarker, RoleMarker, ScheduledEventMarker, SkuMarker, StageMarker, StickerMarker,
    TagMarker, UserMarker, WebhookMarker,
};

/// Milliseconds between 1970 and Discord's epoch, the first second of 2015.
pub const EPOCH_MS: u64 = 1_420_070_400_000;

/// The id for a moment: 42 bits of milliseconds, 10 bits of node, 12 bits of sequence.
///
/// `unix_ms` before Discord's epoch counts as the epoch. The result is never zero.
pub fn snowflake(unix_ms: u64, node: u16, sequence: u16) -> u64 {
    let since = unix_ms.saturating_sub(EPOCH_MS).max(1);
    (since << 22) | (u64::from(node & 0x3ff) << 12) | u64::from(sequence & 0xfff)
}

/// Unix milliseconds carried by an id.
pub fn created_ms<T>(id: Id<T>) -> u64 {
    (id.get() >> 22) + EPOCH_MS
}

/// The smallest id that a moment can have: a boundary for searches by date.
pub fn floor(unix_ms: u64) -> u64 {
    unix_ms.saturating_sub(EPOCH_MS) << 22
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_its_time() {
        let id: Id<MessageMarker> = Id::new(snowflake(1_700_000_000_123, 3, 4));
        assert_eq!(created_ms(id), 1_700_000_000_123);
    }

    #[test]
    fn is_never_zero() {
        assert_ne!(snowflake(0, 0, 0), 0);
    }
}
