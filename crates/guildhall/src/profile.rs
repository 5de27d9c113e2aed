//! What a server runs for, and what it must have for that.

use crate::config::{Config, Problem};

/// On one's own machine, as it comes.
const LOCAL: &str = "local";
/// To be tried out by programs: nothing beyond this machine is fetched.
pub(crate) const TEST: &str = "test";
/// For others.
const PRODUCTION: &str = "production";

/// Fewest characters of a secret that somebody chose.
const SHORTEST: usize = 16;

/// Refuses a profile that there is not.
pub(crate) fn check(config: &Config) -> Result<(), Problem> {
    if [LOCAL, TEST, PRODUCTION].contains(&config.profile.as_str()) {
        return Ok(());
    }
    Err(Problem::new("profile must be local, test or production".into()))
}

/// Refuses to run with what does not do for the profile: one message that names all of it.
pub(crate) fn require(config: &Config) -> Result<(), Problem> {
    let missing = missing(config);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!("the profile is production, for which {}", missing.join("; "))))
}

/// What is missing, without repeating what was given: it may be a secret.
pub(crate) fn missing(config: &Config) -> Vec<String> {
    if config.profile != PRODUCTION {
        return Vec::new();
    }
    let secret =
        |name: &str| format!("{name} needs a password of {SHORTEST} characters or more that is nobody's default");
    let mut missing = Vec::new();
    if !config.public_url.starts_with("https://") {
        missing.push("public_url must begin with https:// (a proxy before it speaks TLS)".to_owned());
    }
    if !config.rate_limits {
        missing.push("rate_limits must be true".to_owned());
    }
    if config.private_fetches {
        missing.push("private_fetches must be false".to_owned());
    }
    if !config.secret_key.0.is_empty() && is_plain(&config.secret_key.0) {
        missing.push("secret_key must be random: openssl rand -hex 32".to_owned());
    }
    if weak_login(&config.database.0) {
        missing.push(secret("database"));
    }
    if config.nats.0.split(',').any(weak_login) {
        missing.push(secret("nats"));
    }
    if !config.s3_bucket.is_empty() && is_weak(&config.s3_secret.0) {
        missing.push(format!("s3_secret needs {SHORTEST} characters or more that are nobody's default"));
    }
    missing
}

/// Whether somebody who guesses would find it: too short, or of few different characters.
fn is_weak(secret: &str) -> bool {
    secret.chars().count() < SHORTEST || is_plain(secret)
}

fn is_plain(secret: &str) -> bool {
    let mut characters: Vec<char> = secret.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    characters.len() < 8
}

/// Whether the password in an address is weak, or the user's name. Where none stands the other side knows who comes by other
/// means: a socket, a certificate.
fn weak_login(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let Some((login, _)) = rest.split(['/', '?']).next().unwrap_or_default().rsplit_once('@') else { return false };
    let Some((user, password)) = login.split_once(':') else { return false };
    is_weak(password) || password.contains(user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config =
            Config { profile: PRODUCTION.into(), public_url: "https://chat.example.org".into(), ..Config::default() };
        change(&mut config);
        config
    }

    #[test]
    fn production_names_all_that_is_missing() {
        let text = |text: &str| Secret(text.into());
        let good = "postgres://hall:Zk3vQ9xT7mRb2LwE@db/hall?sslmode=verify-full";
        for (config, says) in [
            (config(|_| {}), &[][..]),
            (config(|config| config.database = text(good)), &[]),
            (config(|config| config.database = text("postgres:///hall?host=/run/postgresql")), &[]),
            (config(|config| config.database = text("postgres://hall@db/hall")), &[]),
            (config(|config| config.secret_key = text(&"0123456789abcdef".repeat(4))), &[]),
            (config(|config| config.public_url.clear()), &["public_url"]),
            (config(|config| config.public_url = "http://chat.example.org".into()), &["public_url"]),
            (config(|config| config.rate_limits = false), &["rate_limits"]),
            (config(|config| config.private_fetches = true), &["private_fetches"]),
            (config(|config| config.secret_key = text(&"0".repeat(64))), &["secret_key"]),
            (config(|config| config.database = text("postgres://hall:postgres@db/hall")), &["database"]),
            (config(|config| config.database = text("postgres://lighthouse:lighthouse-2026@db/hall")), &["database"]),
            (
                config(|config| config.nats = text("nats://a:Zk3vQ9xT7mRb2LwE@one,nats://b:aaaaaaaaaaaaaaaaaaaa@two")),
                &["nats"],
            ),
            (
                config(|config| {
                    (config.s3_bucket, config.s3_secret) = ("files".into(), text("minioadmin"));
                    (config.rate_limits, config.public_url) = (false, String::new());
                }),
                &["public_url", "rate_limits", "s3_secret"],
            ),
        ] {
            let missing = missing(&config);
            assert_eq!(missing.len(), says.len(), "{missing:?}");
            assert!(missing.iter().zip(says).all(|(found, name)| found.starts_with(name)), "{missing:?}");
            for profile in [LOCAL, TEST] {
                let config = Config { profile: profile.into(), ..config.clone() };
                assert!(require(&config).is_ok(), "{profile} asks for nothing");
            }
        }
        assert!(check(&Config { profile: "prod".into(), ..Config::default() }).is_err());
    }
}
