//! Who stands above whom in a guild.

/// Where the owner stands: above all roles.
pub const OWNER: i32 = i32::MAX;

/// Where somebody stands, by the places of the roles that they hold: 0 without roles.
pub fn rank(owner: bool, places: impl Iterator<Item = i32>) -> i32 {
    if owner { OWNER } else { places.max().unwrap_or(0) }
}

/// Whether somebody who stands there acts on a member or a role that stands there: not on equals, and nobody on the owner.
pub const fn is_above(actor: i32, target: i32) -> bool {
    actor > target
}

/// Whether somebody who stands there is let past a bar at that place: equals are.
pub const fn reaches(actor: i32, bar: i32) -> bool {
    actor >= bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_role_counts_and_equals_do_not_touch_each_other() {
        let (owner, high, low, nobody) = (
            rank(true, [1].into_iter()),
            rank(false, [2, 9, 4].into_iter()),
            rank(false, [2].into_iter()),
            rank(false, [].into_iter()),
        );
        assert_eq!((high, low, nobody), (9, 2, 0));
        let order = [nobody, low, high, owner];
        for (place, actor) in order.iter().enumerate() {
            for (other, target) in order.iter().enumerate() {
                assert_eq!(is_above(*actor, *target), place > other, "{actor} {target}");
                assert_eq!(reaches(*actor, *target), place >= other, "{actor} {target}");
            }
        }
    }
}
