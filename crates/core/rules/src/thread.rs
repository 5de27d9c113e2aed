//! When a thread archives itself.

use guildhall_wire::thread::ThreadMetadata;

/// Minutes that a thread may stay without a message until it archives itself.
pub const DURATIONS: [u32; 4] = [60, 1440, 4320, 10_080];

/// When the time of a thread that is open is up. `last` is when somebody last wrote; being opened again starts it anew.
/// Microseconds.
pub fn idle_at(last: i64, metadata: &ThreadMetadata) -> Option<i64> {
    let last = last.max(metadata.archive_timestamp.as_micros());
    let minutes = i64::from(metadata.auto_archive_duration);
    (!metadata.archived).then(|| last.saturating_add(minutes * 60_000_000))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use guildhall_wire::Timestamp;

    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn check(last: i64, opened: i64, now: i64, archived: bool, expected: bool) {
        let metadata = ThreadMetadata {
            archived,
            archive_timestamp: Timestamp::from_micros(opened * MINUTE).unwrap(),
            auto_archive_duration: 60,
            locked: false,
            invitable: None,
            create_timestamp: None,
        };
        let due = idle_at(last * MINUTE, &metadata);
        assert_eq!(due.is_some_and(|due| due <= now * MINUTE), expected, "{last} {opened} {now} {archived}");
    }

    #[test]
    fn the_last_sign_of_life_counts() {
        check(10, 0, 69, false, false);
        check(10, 0, 70, false, true);
        check(10, 30, 70, false, false);
        check(10, 30, 90, false, true);
        check(10, 0, 500, true, false);
    }
}
