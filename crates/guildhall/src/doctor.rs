//! `guildhall doctor`: what is wrong, in plain words.

use guildhall_api::Key;
use guildhall_store::MIGRATIONS;
use serde::Serialize;

use crate::config::Config;
use crate::{lock, say};

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    says: String,
}

impl Finding {
    fn good(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, ok: true, says: says.into() }
    }

    fn bad(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, ok: false, says: says.into() }
    }
}

/// Something is wrong.
#[derive(Debug)]
pub(crate) struct Wrong(usize);

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            1 => f.write_str("one thing is wrong"),
            wrong => write!(f, "{wrong} things are wrong"),
        }
    }
}

impl std::error::Error for Wrong {}

/// Looks at everything that keeps a server from starting, and says what to do.
pub(crate) async fn examine(config: &Config, json: bool) -> anyhow::Result<()> {
    let running = lock::is_held(&config.data, lock::HALL);
    let key = crate::key::find(config);
    let (database, seen) = database(config, key.as_ref().ok().and_then(Option::as_ref)).await;
    let findings =
        [port(config, running).await, folder(config), clock(now(), seen.newest), database, self::key(key, &seen)];
    if json {
        say::line(serde_json::to_string(&findings)?)?;
    } else {
        for finding in &findings {
            say::line(format_args!(
                "{} {}: {}",
                if finding.ok { "ok  " } else { "BAD " },
                finding.check,
                finding.says
            ))?;
        }
    }
    match findings.iter().filter(|finding| !finding.ok).count() {
        0 => Ok(()),
        wrong => Err(Wrong(wrong).into()),
    }
}

fn now() -> u64 {
    guildhall_api::Clock::default().millis()
}

async fn port(config: &Config, running: bool) -> Finding {
    let check = "port";
    match tokio::net::TcpListener::bind(config.listen).await {
        Ok(_) => Finding::good(check, format!("{} is free", config.listen)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && running => {
            Finding::good(check, format!("{} is taken, and a server runs on this data folder", config.listen))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Finding::bad(
            check,
            format!("{} is taken: stop the program that runs there, or choose another with --listen", config.listen),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Finding::bad(
            check,
            format!(
                "{} may not be used: ports below 1024 need rights, choose a higher one with --listen",
                config.listen
            ),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => {
            Finding::bad(check, format!("this machine has no address {}", config.listen.ip()))
        }
        Err(error) => Finding::bad(check, format!("{} cannot be used: {error}", config.listen)),
    }
}

/// Writes and removes a file: tells a full disk and missing rights.
fn folder(config: &Config) -> Finding {
    use std::io::ErrorKind;

    let check = "data folder";
    let shown = config.data.display();
    let probe = config.data.join(".doctor");
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&config.data)?;
        std::fs::write(&probe, vec![0_u8; 1024 * 1024])
    };
    let written = write();
    let _ = std::fs::remove_file(&probe);
    match written.map_err(|error| (error.kind(), error)) {
        Ok(()) => Finding::good(check, format!("{shown} can be written to")),
        Err((ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _)) => {
            Finding::bad(check, format!("the disk under {shown} is full: make room"))
        }
        Err((ErrorKind::PermissionDenied, _)) => {
            Finding::bad(check, format!("{shown} may not be written to: give it to the user who runs the server"))
        }
        Err((ErrorKind::ReadOnlyFilesystem, _)) => {
            Finding::bad(check, format!("{shown} is on a disk that can only be read"))
        }
        Err((_, error)) => Finding::bad(check, format!("{shown} cannot be written to: {error}")),
    }
}

/// Ids carry the time: a clock that goes back makes ids that sort wrongly for ever.
fn clock(now: u64, newest: Option<u64>) -> Finding {
    const MINUTE: u64 = 60_000;
    // The first second of 2025: this program is younger.
    const YOUNGER: u64 = 1_735_689_600_000;

    let check = "clock";
    if now < YOUNGER {
        return Finding::bad(check, "it shows a time before this program was made: set it");
    }
    match newest.map(|newest| newest.saturating_sub(now) / MINUTE) {
        Some(minutes) if minutes >= 1 => Finding::bad(
            check,
            format!("it is {minutes} minutes behind the newest account or message: it goes wrong, or went wrong then"),
        ),
        _ => Finding::good(check, "plausible"),
    }
}

/// What the database says of the clock and the key.
#[derive(Default)]
struct Seen {
    /// When the newest thing in it was made.
    newest: Option<u64>,
    /// Whether something in it may need the key.
    needs_key: bool,
    /// Whether the key is the one that it was used with.
    is_its_key: Option<bool>,
}

/// The database's state.
async fn database(config: &Config, key: Option<&Key>) -> (Finding, Seen) {
    let check = "database";
    let look = async {
        if config.database.0.is_empty() && !config.data.join("guildhall.db").exists() {
            return Ok(None);
        }
        let db = crate::database::open(config).await?;
        let status = db.status(MIGRATIONS).await?;
        let mut seen = Seen::default();
        if !status.applied.is_empty() {
            seen.newest = guildhall_store::stats::newest(&mut &db).await?;
            seen.needs_key = guildhall_api::needs_its_key(&db).await?;
        }
        if let (false, Some(key)) = (status.applied.is_empty(), key) {
            seen.is_its_key = guildhall_api::is_its_key(&db, key).await?;
        }
        db.close().await?;
        anyhow::Ok(Some((status, seen)))
    };
    match look.await {
        Ok(Some((status, seen))) if !status.applied.is_empty() => match crate::database::fits(&status) {
            Ok(()) => (Finding::good(check, "in order"), seen),
            Err(unfit) => (Finding::bad(check, unfit.to_string()), seen),
        },
        Ok(Some((status, _))) if !status.unknown.is_empty() => {
            (Finding::bad(check, "it belongs to another program, or to a much newer one"), Seen::default())
        }
        Ok(_) => (Finding::good(check, "empty; the first start makes its tables"), Seen::default()),
        Err(error) => (Finding::bad(check, format!("{error:#}")), Seen::default()),
    }
}

/// Without its key a database's second factors and webhooks are lost.
fn key(found: anyhow::Result<Option<Key>>, seen: &Seen) -> Finding {
    let check = "key";
    match found {
        Ok(Some(_)) if seen.is_its_key == Some(false) => Finding::bad(check, crate::key::ANOTHER),
        Ok(Some(_)) => Finding::good(check, "in order"),
        Ok(None) if seen.needs_key => Finding::bad(check, crate::key::MISSING),
        Ok(None) => Finding::good(check, "none yet; the first start makes it"),
        Err(error) => Finding::bad(check, format!("{error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    #[test]
    fn a_clock_is_measured_against_what_was_made() {
        for (now, newest, ok) in [
            (NOW, None, true),
            (NOW, Some(NOW + 59_000), true),
            (NOW, Some(NOW - 59_000), true),
            (NOW, Some(NOW + 61_000), false),
            (0, None, false),
        ] {
            assert_eq!(clock(now, newest).ok, ok, "{now} {newest:?}");
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_told() {
        let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.ok();
        let listen = taken.as_ref().and_then(|taken| taken.local_addr().ok());
        let config = Config { listen: listen.unwrap_or(([127, 0, 0, 1], 1).into()), ..Config::default() };
        let finding = port(&config, false).await;
        assert!(!finding.ok && finding.says.contains("is taken: stop"), "{}", finding.says);
        assert!(port(&config, true).await.ok, "by ourselves");
    }
}
