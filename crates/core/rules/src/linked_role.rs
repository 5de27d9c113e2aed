//! Linked roles: whether what applications say of somebody is what a role asks for.

use std::collections::HashMap;

use guildhall_wire::Timestamp;
use guildhall_wire::id::{ApplicationMarker, Id};
use guildhall_wire::linked_role::{LinkRule, Ways, whole};
use guildhall_wire::role_connection::RoleConnection;

const DAY_MICROS: i64 = 86_400_000_000;

/// What is said of somebody, by application.
pub type Said = HashMap<Id<ApplicationMarker>, RoleConnection>;

/// Whether somebody is to have the role: they meet all rules of one way. A role without ways is not given like this.
pub fn deserves(ways: &Ways, said: &Said, now: i64) -> bool {
    ways.iter()
        .any(|rules| !rules.is_empty() && rules.iter().all(|rule| is_met(rule, said.get(&rule.application_id), now)))
}

/// Whether one rule is met. Moments are in microseconds.
pub fn is_met(rule: &LinkRule, said: Option<&RoleConnection>, now: i64) -> bool {
    let Some(said) = said else { return false };
    let Some(key) = &rule.connection_metadata_field else { return true };
    let (Some(text), Some(wanted)) = (said.metadata.get(key), wanted(rule)) else { return false };
    match rule.operator {
        Some(kind @ (5 | 6)) => moment(text).is_some_and(|moment| {
            let border = now.saturating_sub(wanted.saturating_mul(DAY_MICROS));
            if kind == 5 { moment <= border } else { moment >= border }
        }),
        Some(kind) => whole(text).is_some_and(|number| match kind {
            1 => number <= wanted,
            2 => number >= wanted,
            3 | 7 => number == wanted,
            4 | 8 => number != wanted,
            _ => false,
        }),
        None => false,
    }
}

/// When a rule about a moment comes out otherwise though nobody says anything new.
pub fn turns_at(ways: &Ways, said: &Said, now: i64) -> Option<i64> {
    let turn = |rule: &LinkRule| {
        let text = said.get(&rule.application_id)?.metadata.get(rule.connection_metadata_field.as_ref()?)?;
        let after = i64::from(rule.operator? == 6);
        matches!(rule.operator?, 5 | 6).then_some(())?;
        let turn = moment(text)?.saturating_add(wanted(rule)?.saturating_mul(DAY_MICROS)).saturating_add(after);
        (turn > now).then_some(turn)
    };
    ways.iter().flatten().filter_map(turn).min()
}

fn wanted(rule: &LinkRule) -> Option<i64> {
    rule.value.as_deref().and_then(whole)
}

fn moment(text: &str) -> Option<i64> {
    guildhall_wire::loose::time::parse(text).map(Timestamp::as_micros)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-21T12:00:00+00:00";

    fn rule(application: u64, operator: u8, value: &str) -> LinkRule {
        LinkRule {
            connection_type: "application".into(),
            application_id: Id::new(application),
            connection_metadata_field: Some("field".into()),
            operator: Some(operator),
            value: Some(value.into()),
        }
    }

    fn said(text: &str) -> Said {
        let said = serde_json::from_value(json!({ "metadata": { "field": text } })).unwrap();
        HashMap::from([(Id::new(1), said)])
    }

    #[test]
    fn each_kind_is_compared_as_discord_does() {
        let now = moment(NOW).unwrap();
        let week = "2026-11-14T12:00:00+00:00";
        for (operator, value, text, met) in [
            (1, "10", "10", true),
            (1, "10", "11", false),
            (2, "10", "10", true),
            (2, "10", "-9", false),
            (3, "10", "10", true),
            (3, "10", "9", false),
            (4, "10", "9", true),
            (4, "10", "10", false),
            // At least so many days ago.
            (5, "7", week, true),
            (5, "8", week, false),
            // At most so many days ago.
            (6, "7", week, true),
            (6, "6", week, false),
            // As applications write moments.
            (5, "7", "2026-11-14T12:00:00.000Z", true),
            (5, "7", "2026-11-14T12:00:00.001Z", false),
            (5, "7", "2026-11-14T13:00:00+01:00", true),
            (5, "7", "2026-11-14T11:30:00-01:00", false),
            (5, "8000", "2003-12-20", true),
            (6, "8000", "2003-12-20", false),
            (7, "1", "1", true),
            (7, "1", "true", true),
            (7, "1", "0", false),
            (8, "1", "false", true),
            (8, "1", "1", false),
            (2, "10", "many", false),
            (9, "1", "1", false),
        ] {
            let came = deserves(&vec![vec![rule(1, operator, value)]], &said(text), now);
            assert_eq!(came, met, "{operator} {value} {text}");
        }
    }

    #[test]
    fn all_rules_of_any_way() {
        let now = moment(NOW).unwrap();
        let said = said("10");
        let (good, bad, other) = (rule(1, 3, "10"), rule(1, 3, "11"), rule(2, 3, "10"));
        let anything = LinkRule { connection_metadata_field: None, operator: None, value: None, ..good.clone() };
        let of_other = LinkRule { application_id: Id::new(2), ..anything.clone() };
        for (ways, comes) in [
            (vec![], false),
            (vec![vec![]], false),
            (vec![vec![good.clone()]], true),
            (vec![vec![good.clone(), bad.clone()]], false),
            (vec![vec![bad], vec![good.clone()]], true),
            (vec![vec![good, other]], false),
            (vec![vec![anything]], true),
            (vec![vec![of_other]], false),
        ] {
            assert_eq!(deserves(&ways, &said, now), comes, "{ways:?}");
        }
    }

    #[test]
    fn time_alone_turns_rules_about_moments() {
        let now = moment(NOW).unwrap();
        let said = said("2026-11-20T12:00:00+00:00");
        for (operator, value, days) in
            [(5, "3", Some(2)), (5, "1", None), (6, "3", Some(2)), (6, "0", None), (3, "1", None)]
        {
            let ways = vec![vec![rule(1, operator, value)]];
            let turn = turns_at(&ways, &said, now);
            assert_eq!(turn.map(|turn| (turn - now) / DAY_MICROS), days, "{operator} {value}");
            if let Some(turn) = turn {
                assert_ne!(deserves(&ways, &said, turn), deserves(&ways, &said, turn - 1), "{operator} {value}");
            }
        }
    }
}
