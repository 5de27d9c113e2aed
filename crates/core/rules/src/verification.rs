//! Who may write in a guild that keeps newcomers waiting: its verification level.

/// Microseconds since the account was made, from level 2 on.
const ACCOUNT: i64 = 5 * 60 * 1_000_000;
/// Microseconds since somebody became a member, from level 3 on.
const MEMBER: i64 = 10 * 60 * 1_000_000;

/// What is known of a member without roles.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer {
    /// Whether the account has an e-mail address.
    pub email: bool,
    /// Microseconds since the account was made.
    pub account: i64,
    /// Microseconds since they became a member.
    pub member: i64,
}

/// Whether a newcomer meets a level. Each asks for what those below it ask for, too. Addresses are given, not confirmed, and nobody
/// has a telephone number here: level 4 is level 3.
pub fn is_met(level: u8, newcomer: Newcomer) -> bool {
    (level < 1 || newcomer.email)
        && (level < 2 || newcomer.account >= ACCOUNT)
        && (level < 3 || newcomer.member >= MEMBER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_asks_for_more() {
        let minutes = |account: i64, member: i64| Newcomer {
            email: true,
            account: account * 60_000_000,
            member: member * 60_000_000,
        };
        for (newcomer, most) in [
            (Newcomer { email: false, ..minutes(99, 99) }, 0),
            (minutes(0, 0), 1),
            (minutes(4, 99), 1),
            (minutes(5, 9), 2),
            (minutes(5, 10), 4),
        ] {
            for level in 0..=4 {
                assert_eq!(is_met(level, newcomer), level <= most, "{level} {newcomer:?}");
            }
        }
    }
}
