//! Limits of requests that the configuration sets in place of those of the table of routes.

use std::collections::BTreeMap;

use crate::config::Problem;

/// Seconds of the longest time that a limit may be for: a day.
const LONGEST: u32 = 86_400;

/// Requests and seconds by `METHOD /path`; refused are routes that there are not, and what is no limit.
pub(crate) fn read(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, (u32, u32)>, Problem> {
    if given.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tables = [guildhall_api::routes().table(), guildhall_api::own_routes().table()];
    let known: Vec<String> = tables.iter().flatten().map(guildhall_api::Route::line).collect();
    let mut limits = BTreeMap::new();
    for (name, limit) in given {
        if name != "*" && !known.contains(name) {
            return Err(unknown(name, &known));
        }
        let limit = parsed(limit).ok_or_else(|| {
            Problem::new(format!("rate_limit_overrides: `{name}` must be as in \"30/60s\": requests, and seconds (s), minutes (m) or hours (h) up to a day"))
        })?;
        limits.insert(name.clone(), limit);
    }
    Ok(limits)
}

/// `30/60s`.
fn parsed(text: &str) -> Option<(u32, u32)> {
    let (requests, time) = text.split_once('/')?;
    let unit = time.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let (requests, time): (u32, u32) = (requests.trim().parse().ok()?, time.strip_suffix(unit)?.trim().parse().ok()?);
    let seconds = time.checked_mul(seconds).filter(|seconds| (1..=LONGEST).contains(seconds))?;
    (requests > 0).then_some((requests, seconds))
}

fn unknown(name: &str, known: &[String]) -> Problem {
    let nearest = known.iter().map(|line| (strsim::damerau_levenshtein(line, name), line)).min();
    let most = name.chars().count() / 3 + 1;
    Problem::new(match nearest.filter(|(distance, _)| *distance <= most) {
        Some((_, line)) => format!("rate_limit_overrides: there is no route `{name}`: did you mean `{line}`?"),
        None => format!("rate_limit_overrides: there is no route `{name}`: see `guildhall routes`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_requests_in_a_time() {
        for (text, limit) in [
            ("30/60s", Some((30, 60))),
            ("1/1s", Some((1, 1))),
            ("20/1m", Some((20, 60))),
            ("5 / 24h", Some((5, 86_400))),
            ("0/60s", None),
            ("30/0s", None),
            ("30/25h", None),
            ("30/99999999h", None),
            ("30/60", None),
            ("30", None),
            ("-1/60s", None),
            ("", None),
            ("30/é", None),
        ] {
            assert_eq!(parsed(text), limit, "{text}");
        }
    }

    #[test]
    fn routes_are_those_of_the_table() {
        let read = |name: &str, limit: &str| {
            let read = read(&BTreeMap::from([(name.to_owned(), limit.to_owned())]));
            read.map_err(|problem| problem.to_string())
        };
        for name in ["POST /channels/{channel_id}/messages", "POST /setup", "*"] {
            assert_eq!(read(name, "3/2s"), Ok(BTreeMap::from([(name.to_owned(), (3, 2))])));
        }
        for (name, says) in [
            ("POST /channels/{id}/messages", "did you mean `POST /channels/{channel_id}/messages`?"),
            ("GET /nothing/like/this/is/here/at/all", "see `guildhall routes`"),
        ] {
            assert!(read(name, "3/2s").is_err_and(|said| said.contains(says)), "{name}");
        }
        assert!(read("*", "often").is_err_and(|said| said.contains("30/60s") && !said.contains("often")));
    }
}
