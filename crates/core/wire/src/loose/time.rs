//! Moments as clients write them: with `Z` or an offset, with or without fractions, seconds or a time at all; or as a number.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use twilight_model::util::Timestamp;

use crate::patch::Patch;

/// A moment in any form in which clients send one. Numbers are Unix seconds, or milliseconds where they are large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

const EXPECTED: &str = "an ISO 8601 time";
/// From here on a number cannot be seconds of our time.
const MILLIS_FROM: u64 = 100_000_000_000;

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Loose;
        impl Visitor<'_> for Loose {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
                parse(text).map(Moment).ok_or_else(|| {
                    let shown: String = text.chars().take(40).collect();
                    E::invalid_value(Unexpected::Str(&shown), &EXPECTED)
                })
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Moment, E> {
                let micros = if number.unsigned_abs() >= MILLIS_FROM { 1000 } else { 1_000_000 };
                number
                    .checked_mul(micros)
                    .and_then(from_micros)
                    .map(Moment)
                    .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &EXPECTED))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Moment, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }

            #[expect(clippy::cast_possible_truncation, reason = "within 2^53, checked before")]
            fn visit_f64<E: Error>(self, number: f64) -> Result<Moment, E> {
                if number.abs() < 9.0e15 {
                    self.visit_i64(number as i64)
                } else {
                    Err(E::invalid_value(Unexpected::Float(number), &EXPECTED))
                }
            }
        }
        deserializer.deserialize_any(Loose)
    }
}

/// Reads a moment that must be there.
pub fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Ok(Moment::deserialize(deserializer)?.0)
}

/// Reads an optional moment.
pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<Moment>::deserialize(deserializer)?.map(|moment| moment.0))
}

/// Reads a moment of a partial update.
pub fn patch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Patch<Timestamp>, D::Error> {
    Ok(Patch::<Moment>::deserialize(deserializer)?.map(|moment| moment.0))
}

/// Reads `2021-02-03`, `2021-02-03T04:05`, `2021-02-03 04:05:06.789Z`, `…+01:00`, `…-0130`.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time),
        None => (text, "00:00"),
    };
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (clock, offset) = split_offset(time.trim())?;
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(text) => match text.split_once(['.', ',']) {
            None => (digits(text, 2)?, 0),
            Some((second, fraction)) => (digits(second, 2)?, fraction_micros(fraction)?),
        },
    };
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    from_micros(seconds * 1_000_000 + micros)
}

/// Years of four digits, as everybody who reads them expects.
fn from_micros(micros: i64) -> Option<Timestamp> {
    /// The first and the last second of them.
    const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    if YEARS.contains(&micros.div_euclid(1_000_000)) { Timestamp::from_micros(micros).ok() } else { None }
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let valid = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if valid { text.parse().ok() } else { None }
}

/// Microseconds of up to nine digits after the point.
fn fraction_micros(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let six: String = text.chars().chain("000000".chars()).take(6).collect();
    six.parse().ok()
}

/// The time of day, and the seconds by which it is ahead.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some((at, sign)) = text.char_indices().rev().find(|(_, c)| matches!(c, '+' | '-')) else {
        return Some((text, 0));
    };
    let (clock, rest) = text.split_at_checked(at)?;
    let rest = rest.get(1..)?;
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (digits(hours, 2)?, digits(minutes, 2)?),
        None if rest.len() == 2 => (digits(rest, 2)?, 0),
        None => (digits(rest.get(..2)?, 2)?, digits(rest.get(2..)?, 2)?),
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let ahead = hours * 3600 + minutes * 60;
    Some((clock, if sign == '-' { -ahead } else { ahead }))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the first of January 1970, counting years from March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms() {
        for (text, expect) in [
            ("2021-02-03T04:05:06+00:00", Some(1_612_325_106_000_000)),
            ("2021-02-03T04:05:06.000Z", Some(1_612_325_106_000_000)),
            ("2021-02-03T04:05:06Z", Some(1_612_325_106_000_000)),
            ("2021-02-03 05:05:06.5+01:00", Some(1_612_325_106_500_000)),
            ("2021-02-03T03:35:06.123456789-0030", Some(1_612_325_106_123_456)),
            ("2021-02-03T04:05", Some(1_612_325_100_000_000)),
            ("2021-02-03", Some(1_612_310_400_000_000)),
            ("1969-12-31T23:59:59Z", Some(-1_000_000)),
            ("2024-02-29", Some(1_709_164_800_000_000)),
            ("2023-02-29", None),
            ("2021-13-01", None),
            ("2021-02-03T24:00", None),
            ("20210203", None),
            ("0000-01-01", None),
            ("+021-02-03", None),
            ("now", None),
            ("", None),
        ] {
            assert_eq!(parse(text).map(Timestamp::as_micros), expect, "{text}");
        }
        for (json, expect) in
            [("1612325106", 1_612_325_106), ("1612325106000", 1_612_325_106), ("1612325106.5", 1_612_325_106)]
        {
            let got = serde_json::from_str::<Moment>(json).ok().map(|moment| moment.0.as_secs());
            assert_eq!(got, Some(expect), "{json}");
        }
    }

    proptest! {
        /// What is written is read again, and nothing that can be sent panics.
        #[test]
        fn round_trip(micros in -62_135_596_800_000_000_i64..253_402_300_799_000_000, text: String) {
            let timestamp = from_micros(micros);
            let written = timestamp.map(|timestamp| timestamp.iso_8601().to_string()).unwrap_or_default();
            prop_assert_eq!(parse(&written), timestamp);
            let _ = parse(&text);
        }
    }
}
