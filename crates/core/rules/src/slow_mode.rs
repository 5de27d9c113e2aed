//! How long somebody waits between two messages.

use guildhall_wire::Permissions;

/// Seconds between two messages of somebody in a guild's channel: the longer of what the channel and the instance ask for.
/// Bots, the instance's staff and those who bypass slow mode do not wait; to moderate is not enough.
pub fn pause(channel: u32, instance: u32, permissions: Permissions, bot: bool, staff: bool) -> u32 {
    if bot || staff || permissions.contains(Permissions::BYPASS_SLOWMODE) { 0 } else { channel.max(instance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_pause_counts_but_not_for_everybody() {
        let plain = Permissions::SEND_MESSAGES;
        for (channel, instance, permissions, bot, staff, expected) in [
            (0, 0, plain, false, false, 0),
            (5, 3, plain, false, false, 5),
            (5, 30, plain, false, false, 30),
            (5, 30, plain, true, false, 0),
            (5, 30, plain, false, true, 0),
            (5, 30, plain | Permissions::MANAGE_MESSAGES, false, false, 30),
            (5, 30, plain | Permissions::MANAGE_CHANNELS, false, false, 30),
            (5, 30, plain | Permissions::BYPASS_SLOWMODE, false, false, 0),
            (5, 30, plain | Permissions::MANAGE_THREADS, false, false, 30),
        ] {
            assert_eq!(
                pause(channel, instance, permissions, bot, staff),
                expected,
                "{channel} {instance} {bot} {staff}"
            );
        }
    }
}
