//! The log: what goes into it, and how it looks.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::Problem;

/// Whether it can be kept like that.
pub(crate) fn check(log: &str, format: &str) -> Result<(), Problem> {
    if !["text", "json"].contains(&format) {
        return Err(Problem::new("log_format must be text or json".to_owned()));
    }
    filter(log).map(drop)
}

/// Starts it, on standard error.
pub(crate) fn start(log: &str, format: &str) -> Result<(), Problem> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(log)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process keeps the first log.
    let _ = if format == "json" { builder.json().try_init() } else { builder.try_init() };
    Ok(())
}

/// Crates that say aloud what anybody can make them say: each frame of a voice that cannot be opened.
const LOUD: [&str; 1] = ["davey"];

fn filter(log: &str) -> Result<EnvFilter, Problem> {
    let filter = EnvFilter::try_new(log).map_err(|error| {
        Problem::new(format!("log cannot be read ({error}): write it as in \"info\" or \"guildhall_api=debug,info\""))
    })?;
    // Who asks for them by name hears them.
    let quiet = LOUD.into_iter().filter(|name| !log.contains(name));
    Ok(quiet.filter_map(|name| format!("{name}=error").parse().ok()).fold(filter, EnvFilter::add_directive))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_could_fill_the_log_with_is_left_out() {
        assert!(filter("info").unwrap().to_string().contains("davey=error"));
        assert!(!filter("davey=debug,info").unwrap().to_string().contains("davey=error"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (log, format, good) in [
            ("info", "text", true),
            ("guildhall_api=debug,info", "json", true),
            ("", "text", true),
            ("a=b=c,==", "text", false),
            ("guildhall_api=loud", "text", false),
            ("info", "jsn", false),
        ] {
            assert_eq!(check(log, format).is_ok(), good, "{log} {format}");
        }
    }
}
