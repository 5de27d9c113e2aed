//! Whose mentions a message raises. Being muted silences what is unread, never a mention.

use guildhall_wire::settings::UserGuildSettings;

/// How a message reaches somebody beside being addressed to them alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// By `@everyone` or `@here`.
    pub everyone: bool,
    /// By a role of theirs.
    pub role: bool,
}

/// Whether a message that reaches somebody so counts as a mention, by what they chose for the guild.
pub fn counts(reached: Reached, settings: Option<&UserGuildSettings>) -> bool {
    let (no_everyone, no_roles) =
        settings.map_or((false, false), |settings| (settings.suppress_everyone, settings.suppress_roles));
    (reached.everyone && !no_everyone) || (reached.role && !no_roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check((everyone, role): (bool, bool), (no_everyone, no_roles): (bool, bool), expected: bool) {
        let settings = UserGuildSettings {
            suppress_everyone: no_everyone,
            suppress_roles: no_roles,
            ..UserGuildSettings::new(None)
        };
        assert_eq!(counts(Reached { everyone, role }, Some(&settings)), expected);
    }

    #[test]
    fn each_way_is_suppressed_by_itself() {
        check((true, false), (false, true), true);
        check((true, false), (true, false), false);
        check((false, true), (true, false), true);
        check((false, true), (false, true), false);
        check((true, true), (true, false), true);
        check((true, true), (true, true), false);
        check((false, false), (false, false), false);
        assert!(counts(Reached { everyone: true, role: false }, None));
    }

    #[test]
    fn who_is_muted_is_still_mentioned() {
        let muted = UserGuildSettings { muted: true, message_notifications: 2, ..UserGuildSettings::new(None) };
        assert!(counts(Reached { everyone: true, role: false }, Some(&muted)));
    }
}
