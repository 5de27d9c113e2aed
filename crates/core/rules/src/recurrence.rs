//! When events come again: the rules that are allowed, and the days on which one falls. All in UTC, as the rules are.

use guildhall_wire::FormErrors;
use guildhall_wire::scheduled_event::RecurrenceRule;

const YEARLY: u8 = 0;
const MONTHLY: u8 = 1;
const WEEKLY: u8 = 2;
const DAILY: u8 = 3;

/// The sets of weekdays on which a daily event may fall.
const DAYS: [&[u8]; 6] = [&[0, 1, 2, 3, 4], &[1, 2, 3, 4, 5], &[6, 0, 1, 2, 3], &[4, 5], &[5, 6], &[6, 0]];

const DAY: i64 = 86_400 * 1_000_000;
/// Days that are looked at for the next time: a 29th of February comes after eight years at the latest.
const HORIZON: i64 = 366 * 9;

/// Complains about a rule that is not among those that are allowed.
pub fn check(rule: &RecurrenceRule) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    let mut wrong =
        |field: &str, message: &str| errors.at(field).push("GUILD_SCHEDULED_EVENT_RECURRENCE_RULE", message);
    for (field, given) in [
        ("end", rule.end.is_some()),
        ("count", rule.count.is_some()),
        ("by_year_day", rule.by_year_day.as_ref().is_some_and(|days| !days.is_empty())),
    ] {
        if given {
            wrong(field, "This field cannot be set.");
        }
    }
    let dates = rule.by_month.is_some() || rule.by_month_day.is_some();
    if [rule.by_weekday.is_some(), rule.by_n_weekday.is_some(), dates].into_iter().filter(|given| *given).count() > 1 {
        wrong("by_weekday", "by_weekday, by_n_weekday, and by_month with by_month_day exclude each other.");
    }
    if let Some(days) = &rule.by_weekday {
        let mut sorted = days.clone();
        sorted.sort_unstable();
        let known = DAYS.iter().any(|set| {
            let mut set = set.to_vec();
            set.sort_unstable();
            set == sorted
        });
        match rule.frequency {
            DAILY if known => {}
            DAILY => wrong("by_weekday", "Not a known set of weekdays."),
            WEEKLY if matches!(days.as_slice(), [0..=6]) => {}
            WEEKLY => wrong("by_weekday", "A weekly event falls on one weekday."),
            _ => wrong("by_weekday", "Only for daily and weekly events."),
        }
    }
    if let Some(days) = &rule.by_n_weekday {
        match days.as_slice() {
            _ if rule.frequency != MONTHLY => wrong("by_n_weekday", "Only for monthly events."),
            [one] if (1..=5).contains(&one.n) && one.day <= 6 => {}
            _ => wrong("by_n_weekday", "A monthly event falls on one weekday."),
        }
    }
    if dates {
        match (rule.by_month.as_deref(), rule.by_month_day.as_deref()) {
            _ if rule.frequency != YEARLY => wrong("by_month", "Only for annual events."),
            (Some([month @ 1..=12]), Some([day])) if (1..=days_of(2024, *month)).contains(day) => {}
            _ => wrong("by_month", "An annual event falls on one month and one day."),
        }
    }
    match (rule.frequency, rule.interval) {
        (YEARLY..=DAILY, 1) | (WEEKLY, 2) => {}
        (YEARLY..=DAILY, _) => wrong("interval", "Only weekly events have an interval of 2."),
        _ => wrong("frequency", "Value must be one of (0, 1, 2, 3)."),
    }
    errors.finish()
}

/// When the event comes next after a moment; microseconds since 1970.
pub fn next(rule: &RecurrenceRule, after: i64) -> Option<i64> {
    let start = rule.start.as_micros();
    let (first, time) = (start.div_euclid(DAY), start.rem_euclid(DAY));
    let from = first.max(after.div_euclid(DAY));
    (from..from + HORIZON)
        .filter(|day| falls_on(rule, first, *day))
        .map(|day| day * DAY + time)
        .find(|moment| *moment > after)
}

/// Whether that is a time at which the event comes.
pub fn occurs(rule: &RecurrenceRule, moment: i64) -> bool {
    let start = rule.start.as_micros();
    moment >= start
        && moment.rem_euclid(DAY) == start.rem_euclid(DAY)
        && falls_on(rule, start.div_euclid(DAY), moment.div_euclid(DAY))
}

/// Whether the event falls on a day; days are counted from the first of 1970.
fn falls_on(rule: &RecurrenceRule, first: i64, day: i64) -> bool {
    if day < first {
        return false;
    }
    let (year, month, date) = civil(day);
    let (_, start_month, start_date) = civil(first);
    match rule.frequency {
        YEARLY => {
            let wanted =
                |list: &Option<Vec<u8>>, own: u8| list.as_ref().and_then(|list| list.first().copied()).unwrap_or(own);
            month == wanted(&rule.by_month, start_month) && date == wanted(&rule.by_month_day, start_date)
        }
        MONTHLY => match rule.by_n_weekday.as_ref().and_then(|list| list.first()) {
            Some(wanted) => {
                let last = date + 7 > days_of(year, month);
                let week = (date - 1) / 7 + 1;
                weekday(day) == wanted.day && if wanted.n == 5 { last } else { week == wanted.n }
            }
            None => date == start_date,
        },
        WEEKLY => {
            let wanted = rule.by_weekday.as_ref().and_then(|list| list.first().copied()).unwrap_or(weekday(first));
            let week = |day: i64| (day + 3).div_euclid(7);
            weekday(day) == wanted && (week(day) - week(first)) % i64::from(rule.interval.max(1)) == 0
        }
        DAILY => rule.by_weekday.as_ref().is_none_or(|list| list.is_empty() || list.contains(&weekday(day))),
        _ => false,
    }
}

/// 0 Monday – 6 Sunday. The first of 1970 was a Thursday.
fn weekday(day: i64) -> u8 {
    u8::try_from((day + 3).rem_euclid(7)).unwrap_or_default()
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_of(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Year, month and day of a day since the first of 1970.
fn civil(day: i64) -> (i64, u8, u8) {
    // Years are counted in cycles of 400, which all have the same number of days.
    const CYCLE: i64 = 146_097;
    let (mut year, mut left) = (1970 + 400 * day.div_euclid(CYCLE), day.rem_euclid(CYCLE));
    loop {
        let days = if is_leap(year) { 366 } else { 365 };
        if left < days {
            break;
        }
        left -= days;
        year += 1;
    }
    let mut month = 1;
    while left >= i64::from(days_of(year, month)) {
        left -= i64::from(days_of(year, month));
        month += 1;
    }
    (year, month, u8::try_from(left + 1).unwrap_or(1))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use guildhall_wire::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn rule(fields: Value) -> RecurrenceRule {
        let mut whole = json!({ "start": "2026-01-01T18:30:00Z", "frequency": 3, "interval": 1 });
        whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn micros(text: &str) -> i64 {
        Timestamp::parse(text).unwrap().as_micros()
    }

    #[test]
    fn the_next_time() {
        for (fields, after, expected) in [
            (json!({}), "2026-01-01T18:29:59+00:00", "2026-01-01T18:30:00+00:00"),
            (json!({}), "2026-01-01T18:30:00+00:00", "2026-01-02T18:30:00+00:00"),
            (json!({}), "2020-01-01T00:00:00+00:00", "2026-01-01T18:30:00+00:00"),
            // The second of January 2026 is a Friday.
            (json!({ "by_weekday": [0, 1, 2, 3, 4] }), "2026-01-02T19:00:00+00:00", "2026-01-05T18:30:00+00:00"),
            (json!({ "frequency": 2, "by_weekday": [2] }), "2026-01-01T18:30:00+00:00", "2026-01-07T18:30:00+00:00"),
            (json!({ "frequency": 2, "interval": 2 }), "2026-01-01T18:30:00+00:00", "2026-01-15T18:30:00+00:00"),
            (
                json!({ "frequency": 1, "by_n_weekday": [{ "n": 4, "day": 2 }] }),
                "2026-01-01T18:30:00+00:00",
                "2026-01-28T18:30:00+00:00",
            ),
            (
                json!({ "frequency": 1, "by_n_weekday": [{ "n": 5, "day": 4 }] }),
                "2026-02-01T18:30:00+00:00",
                "2026-02-27T18:30:00+00:00",
            ),
            (
                json!({ "frequency": 0, "by_month": [7], "by_month_day": [24] }),
                "2026-07-24T18:30:00+00:00",
                "2027-07-24T18:30:00+00:00",
            ),
            (
                json!({ "frequency": 0, "by_month": [2], "by_month_day": [29] }),
                "2026-01-01T18:30:00+00:00",
                "2028-02-29T18:30:00+00:00",
            ),
        ] {
            let rule = rule(fields);
            check(&rule).unwrap();
            let found = next(&rule, micros(after)).unwrap();
            assert_eq!(found, micros(expected), "{rule:?} after {after}");
            assert!(occurs(&rule, found) && !occurs(&rule, found + 1) && !occurs(&rule, found - 60 * 1_000_000));
        }
    }

    #[test]
    fn rules_that_are_not_allowed() {
        for (fields, field) in [
            (json!({ "count": 3 }), "count"),
            (json!({ "end": "2027-01-01T00:00:00Z" }), "end"),
            (json!({ "by_year_day": [4] }), "by_year_day"),
            (json!({ "by_weekday": [0, 2] }), "by_weekday"),
            (json!({ "frequency": 2, "by_weekday": [0, 2] }), "by_weekday"),
            (json!({ "frequency": 2, "by_weekday": [7] }), "by_weekday"),
            (json!({ "frequency": 1, "by_weekday": [1] }), "by_weekday"),
            (json!({ "frequency": 2, "by_weekday": [1], "by_n_weekday": [{ "n": 1, "day": 1 }] }), "by_weekday"),
            (json!({ "frequency": 1, "by_n_weekday": [{ "n": 6, "day": 1 }] }), "by_n_weekday"),
            (json!({ "frequency": 3, "by_n_weekday": [{ "n": 1, "day": 1 }] }), "by_n_weekday"),
            (json!({ "frequency": 0, "by_month": [7] }), "by_month"),
            (json!({ "frequency": 0, "by_month": [2], "by_month_day": [30] }), "by_month"),
            (json!({ "frequency": 1, "by_month": [7], "by_month_day": [2] }), "by_month"),
            (json!({ "interval": 2 }), "interval"),
            (json!({ "frequency": 2, "interval": 3 }), "interval"),
            (json!({ "frequency": 4 }), "frequency"),
        ] {
            let problem = serde_json::to_value(check(&rule(fields.clone())).unwrap_err()).unwrap();
            assert!(problem.get(field).is_some(), "{fields}: {problem}");
        }
    }

    #[test]
    fn days_have_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(-1), (1969, 12, 31));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_820), (2027, 1, 2));
    }
}
