//! Who of the instance's staff may do what to whom.

/// Ranks of the instance.
pub mod rank {
    /// Everybody.
    pub const MEMBER: i64 = 0;
    /// Looks after people and settings.
    pub const ADMIN: i64 = 1;
    /// Owns the instance.
    pub const OWNER: i64 = 2;
}

/// Whether somebody may change or remove an account that is not their own: owners all others, admins those without a rank.
pub const fn may_touch(actor: i64, target: i64) -> bool {
    actor >= rank::OWNER || (actor >= rank::ADMIN && target < rank::ADMIN)
}

/// Whether somebody may give that rank: owners any, admins none above a member's.
pub const fn may_give(actor: i64, given: i64) -> bool {
    actor >= rank::OWNER || (actor >= rank::ADMIN && given < rank::ADMIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_reach_staff() {
        // Rows: who acts; columns: upon a member, an admin, an owner.
        let table = [
            (rank::MEMBER, [false, false, false]),
            (rank::ADMIN, [true, false, false]),
            (rank::OWNER, [true, true, true]),
        ];
        for (actor, expected) in table {
            let ranks = [rank::MEMBER, rank::ADMIN, rank::OWNER];
            assert_eq!(ranks.map(|target| may_touch(actor, target)), expected, "rank {actor} touches");
            assert_eq!(ranks.map(|given| may_give(actor, given)), expected, "rank {actor} gives");
        }
    }
}
