//! `guildhall doctor`: what is wrong, in plain words.

use anyhow::bail;
use guildhall_store::MIGRATIONS;
use serde::Serialize;

use crate::config::Config;

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    says: String,
}

/// Looks at everything that keeps a server from starting, and says what to do.
pub(crate) async fn examine(config: &Config, json: bool) -> anyhow::Result<()> {
    let findings = [port(config).await, folder(config), clock(), database(config).await];
    if json {
        println!("{}", serde_json::to_string(&findings)?);
    } else {
        for finding in &findings {
            println!("{} {}: {}", if finding.ok { "ok  " } else { "BAD " }, finding.check, finding.says);
        }
    }
    match findings.iter().filter(|finding| !finding.ok).count() {
        0 => Ok(()),
        1 => bail!("one thing is wrong"),
        wrong => bail!("{wrong} things are wrong"),
    }
}

async fn port(config: &Config) -> Finding {
    let check = "port";
    match tokio::net::TcpListener::bind(config.listen).await {
        Ok(_) => Finding { check, ok: true, says: format!("{} is free", config.listen) },
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Finding {
            check,
            ok: false,
            says: format!("{} is taken: another server runs there, or choose another with --listen", config.listen),
        },
        Err(error) => Finding { check, ok: false, says: format!("{} cannot be used: {error}", config.listen) },
    }
}

/// Writes and removes a file: tells a full disk and missing rights.
fn folder(config: &Config) -> Finding {
    let check = "data folder";
    let probe = config.data.join(".doctor");
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&config.data)?;
        std::fs::write(&probe, vec![0_u8; 1024 * 1024])?;
        std::fs::remove_file(&probe)
    };
    match write() {
        Ok(()) => Finding { check, ok: true, says: format!("{} can be written to", config.data.display()) },
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            Finding { check, ok: false, says: format!("the disk under {} is full", config.data.display()) }
        }
        Err(error) => {
            Finding { check, ok: false, says: format!("{} cannot be written to: {error}", config.data.display()) }
        }
    }
}

/// Ids carry the time: a clock that is years off makes ids that sort wrongly for ever.
fn clock() -> Finding {
    let check = "clock";
    let now = guildhall_api::Clock::default().millis();
    // The first second of 2025: this program is younger.
    let ok = now > 1_735_689_600_000;
    let says = if ok { "plausible".into() } else { "it shows a time before this program was made: set it".into() };
    Finding { check, ok, says }
}

async fn database(config: &Config) -> Finding {
    let check = "database";
    let look = async { anyhow::Ok(crate::database::open(config).await?.status(MIGRATIONS).await?) };
    match look.await {
        Ok(status) if !status.unknown.is_empty() => {
            Finding { check, ok: false, says: "it is newer than this program: install the newer program".into() }
        }
        Ok(status) if !status.applied.is_empty() && !status.pending.is_empty() => {
            Finding { check, ok: false, says: "it is older than this program: run `guildhall db migrate`".into() }
        }
        Ok(status) if status.applied.is_empty() => {
            Finding { check, ok: true, says: "empty; the first start makes its tables".into() }
        }
        Ok(_) => Finding { check, ok: true, says: "in order".into() },
        Err(error) => Finding { check, ok: false, says: format!("{error:#}") },
    }
}
