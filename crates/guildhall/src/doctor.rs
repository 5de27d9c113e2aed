//! `guildhall doctor`: what is wrong, in plain words.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use guildhall_api::Key;
use guildhall_store::MIGRATIONS;
use serde::Serialize;

use crate::config::Config;
use crate::{listen, lock, say, serve};

/// How long another program has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

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
    let mut findings = vec![
        port(config, running, serve::noted_address(config)).await,
        address(config),
        profile(config),
        folder(config),
        clock(now(), &seen, is_kept()),
        database,
        self::key(key, &seen),
    ];
    if !config.s3_bucket.is_empty() {
        findings.push(bucket(config).await);
    }
    if !config.nats.0.is_empty() {
        findings.push(nats(config).await);
    }
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

/// `ours` is where a server listens that is running on the data folder, if it said so.
async fn port(config: &Config, running: bool, ours: Option<SocketAddr>) -> Finding {
    let check = "port";
    let listen = config.listen;
    match tokio::net::TcpListener::bind(listen).await {
        Ok(_) => Finding::good(check, format!("{listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && running => match ours {
            Some(address) if !overlap(address, listen) => Finding::bad(
                check,
                format!(
                    "{listen} is taken by another program, and the server on this data folder listens on {address}: stop the \
                     other one, or choose that address with --listen"
                ),
            ),
            _ => Finding::good(check, format!("{listen} is taken, and a server runs on this data folder")),
        },
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::bad(
            check,
            format!("{} is taken: stop the program that runs there, or choose another with --listen", config.listen),
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Finding::bad(
            check,
            format!(
                "{} may not be used: ports below 1024 need rights, choose a higher one with --listen",
                config.listen
            ),
        ),
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => {
            Finding::bad(check, format!("this machine has no address {}", config.listen.ip()))
        }
        Err(error) => Finding::bad(check, format!("{} cannot be used: {error}", config.listen)),
    }
}

/// Whether who listens on one of them is in the way of the other.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (everywhere || one.ip() == other.ip())
}

/// Links are of no use to others when they name this machine as it names itself.
fn address(config: &Config) -> Finding {
    let check = "address";
    let url = match config.public_url.as_str() {
        "" => format!("http://{}", listen::reachable(config.listen)),
        url => url.to_owned(),
    };
    if config.public_url.is_empty() && config.listen.ip().is_unspecified() {
        let says =
            format!("it listens on every address, but links lead to {url}: set public_url to where people reach it");
        return Finding::bad(check, says);
    }
    Finding::good(check, format!("links lead to {url}"))
}

/// What a server for others must have.
fn profile(config: &Config) -> Finding {
    let check = "profile";
    let missing = crate::profile::missing(config);
    if missing.is_empty() {
        return Finding::good(check, format!("its settings do for {}", config.profile));
    }
    Finding::bad(check, format!("it will not start for {}: {}", config.profile, missing.join("; ")))
}

/// Files are of no use in a bucket that cannot be read.
async fn bucket(config: &Config) -> Finding {
    let check = "bucket";
    // Nothing is signed with it.
    let key = guildhall_api::Key::new([0; 32]);
    let look = async { anyhow::Ok(serve::blob(config, &key).await?.ping().await?) };
    match tokio::time::timeout(PATIENCE, Box::pin(look)).await {
        Ok(Ok(())) => Finding::good(check, format!("{} can be read", config.s3_bucket)),
        Ok(Err(error)) => Finding::bad(check, format!("{} cannot be used: {error:#}", config.s3_bucket)),
        Err(_) => Finding::bad(check, format!("{} does not answer", config.s3_bucket)),
    }
}

/// Nodes hear nothing of each other without it.
async fn nats(config: &Config) -> Finding {
    let check = "nats";
    match tokio::time::timeout(PATIENCE, Box::pin(serve::link(config))).await {
        Ok(Ok(_)) => Finding::good(check, "it answers and keeps the stream"),
        Ok(Err(error)) => Finding::bad(check, format!("{error:#}")),
        Err(_) => Finding::bad(check, "it does not answer"),
    }
}

/// Writes and removes a file: tells a full disk and missing rights.
fn folder(config: &Config) -> Finding {
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
/// One that is ahead is known by the clock of PostgreSQL's machine; without a network nothing else here knows the time, so it is said
/// where nothing keeps it right.
fn clock(now: u64, seen: &Seen, is_kept: Option<bool>) -> Finding {
    const MINUTE: u64 = 60_000;
    // The first second of 2025: this program is younger.
    const YOUNGER: u64 = 1_735_689_600_000;

    let check = "clock";
    if now < YOUNGER {
        return Finding::bad(check, "it shows a time before this program was made: set it");
    }
    if let Some(there) = seen.clock.filter(|there| there.abs_diff(now) >= MINUTE) {
        let (minutes, way) = (there.abs_diff(now) / MINUTE, if now > there { "ahead of" } else { "behind" });
        let says = format!("it is {minutes} minutes {way} that of the database's machine: set the one that is wrong");
        return Finding::bad(check, says);
    }
    match seen.newest.map(|newest| newest.saturating_sub(now) / MINUTE) {
        Some(minutes) if minutes >= 1 => Finding::bad(
            check,
            format!("it is {minutes} minutes behind the newest account or message: it goes wrong, or went wrong then"),
        ),
        _ if is_kept == Some(false) => {
            Finding::good(check, "plausible, but nothing keeps it right: the system says that it is not synchronised")
        }
        _ => Finding::good(check, "plausible"),
    }
}

/// Whether something keeps the clock right, as the system says; nothing where it does not say.
fn is_kept() -> Option<bool> {
    let asked = ["show", "--property=NTPSynchronized", "--value"];
    let said = std::process::Command::new("timedatectl").args(asked).output().ok()?;
    match said.stdout.trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

/// What the database says of the clock and the key.
#[derive(Default)]
struct Seen {
    /// When the newest thing in it was made.
    newest: Option<u64>,
    /// What the clock of the database's machine shows, where it may be another one.
    clock: Option<u64>,
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
        let mut seen = Seen { clock: guildhall_store::stats::clock(&mut &db).await?, ..Seen::default() };
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
    let looked = tokio::time::timeout(PATIENCE, Box::pin(look)).await;
    let looked = looked.unwrap_or_else(|_| Err(anyhow::anyhow!("the database does not answer")));
    match looked {
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
        for (now, newest, there, ok) in [
            (NOW, None, None, true),
            (NOW, Some(NOW + 59_000), None, true),
            (NOW, Some(NOW - 59_000), Some(NOW - 59_000), true),
            (NOW, Some(NOW + 61_000), None, false),
            (NOW, Some(NOW - 61_000), Some(NOW - 61_000), false),
            (NOW, None, Some(NOW + 61_000), false),
            (0, None, None, false),
        ] {
            let seen = Seen { newest, clock: there, ..Seen::default() };
            assert_eq!(clock(now, &seen, None).ok, ok, "{now} {newest:?} {there:?}");
        }
        for (is_kept, says) in [(None, "plausible"), (Some(true), "plausible"), (Some(false), "not synchronised")] {
            let finding = clock(NOW, &Seen::default(), is_kept);
            assert!(finding.ok && finding.says.ends_with(says), "{}", finding.says);
        }
        let ahead = Seen { clock: Some(NOW - 300_000), ..Seen::default() };
        assert!(clock(NOW, &ahead, None).says.contains("5 minutes ahead of"));
    }

    #[tokio::test]
    async fn a_taken_port_is_told() {
        let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.ok();
        let listen = taken.as_ref().and_then(|taken| taken.local_addr().ok());
        let config = Config { listen: listen.unwrap_or(([127, 0, 0, 1], 1).into()), ..Config::default() };
        let finding = port(&config, false, Some(config.listen)).await;
        assert!(!finding.ok && finding.says.contains("is taken: stop"), "{}", finding.says);
        let everywhere = SocketAddr::from(([0, 0, 0, 0], config.listen.port()));
        for ours in [None, Some(config.listen), Some(everywhere)] {
            assert!(port(&config, true, ours).await.ok, "by ourselves: {ours:?}");
        }
        let elsewhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let finding = port(&config, true, Some(elsewhere)).await;
        assert!(!finding.ok && finding.says.contains("by another program"), "{}", finding.says);
    }

    #[test]
    fn links_that_lead_nowhere_are_told() {
        for (listen, public_url, ok) in
            [([127, 0, 0, 1], "", true), ([0, 0, 0, 0], "", false), ([0, 0, 0, 0], "https://chat.example.org", true)]
        {
            let listen = (listen, 8080).into();
            let config = Config { listen, public_url: public_url.to_owned(), ..Config::default() };
            assert_eq!(address(&config).ok, ok, "{listen} {public_url}");
        }
    }
}
