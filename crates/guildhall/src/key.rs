//! The key that seals second factors: from the configuration, or a file beside the database that the first start makes.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, bail};
use guildhall_api::Key;
use guildhall_db::Db;

use crate::config::Config;

const FILE: &str = "secret.key";

/// What is said where the key is not there.
pub(crate) const MISSING: &str = "secret.key is not in the data folder, nor secret_key in the configuration: copy it from the \
                                  backup. Where it is lost, `guildhall db accept-key` goes on with a new one: those who have a \
                                  second factor, all webhooks, and applications that are told over HTTP, then need new ones";
/// What is said where it is another.
pub(crate) const ANOTHER: &str = "the key is not the one that this database was used with: put that one back (secret.key in the \
                                  data folder, or secret_key in the configuration). Where it is lost, `guildhall db accept-key` \
                                  goes on with the one that is here: those who have a second factor, all webhooks, and \
                                  applications that are told over HTTP, then need new ones";

/// The key of a database. It is made where nothing needs the one there was.
pub(crate) async fn ready(config: &Config, db: &Db) -> anyhow::Result<Key> {
    let key = match find(config)? {
        Some(key) => key,
        None if guildhall_api::needs_its_key(db).await? => bail!(MISSING),
        None => make(&config.data.join(FILE))?,
    };
    if !guildhall_api::note_key(db, &key).await? {
        bail!(ANOTHER);
    }
    Ok(key)
}

/// Goes on with the key that is here, or a new one, where the database was used with another. Says whether it was.
pub(crate) async fn accept(config: &Config, db: &Db) -> anyhow::Result<bool> {
    let key = match find(config)? {
        Some(key) => key,
        None => make(&config.data.join(FILE))?,
    };
    if guildhall_api::note_key(db, &key).await? {
        return Ok(false);
    }
    guildhall_api::accept_key(db, &key).await?;
    Ok(true)
}

/// The key, if there is one.
pub(crate) fn find(config: &Config) -> anyhow::Result<Option<Key>> {
    if !config.secret_key.0.is_empty() {
        return read(&config.secret_key.0).map(Some).context("secret_key in the configuration is no key");
    }
    let path = config.data.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => read(&text).map(Some).with_context(|| format!("{} is no key", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
}

fn read(text: &str) -> anyhow::Result<Key> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        bail!("it needs 64 hexadecimal digits");
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair)?, 16).context("it needs hexadecimal digits")?;
    }
    Ok(Key::new(bytes))
}

/// Writes a new key that only its owner may read. Of two programs that start at once the first one's counts.
fn make(path: &Path) -> anyhow::Result<Key> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system has no randomness: {error}"))?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("failed to write {}", path.display()))?;
            Ok(Key::new(bytes))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(&std::fs::read_to_string(path)?),
        Err(error) => Err(error).with_context(|| format!("failed to make {}", path.display())),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_is_made_once_and_recognised() {
        let folder = tempfile::TempDir::new().unwrap();
        let config = Config { data: folder.path().join("new"), ..Config::default() };
        let db = crate::database::ready(&config).await.unwrap();
        let said = |config: &Config| {
            let (config, db) = (config.clone(), db.clone());
            async move { ready(&config, &db).await.unwrap_err().to_string() }
        };
        let key = ready(&config, &db).await.unwrap();
        assert!(key == ready(&config, &db).await.unwrap(), "the second start reads what the first made");
        assert!(!accept(&config, &db).await.unwrap(), "it is the database's own");
        std::fs::write(config.data.join(FILE), "no key").unwrap();
        assert!(
            said(&config).await.contains("is no key"),
            "a broken key is not replaced: what it sealed would be lost"
        );
        std::fs::remove_file(config.data.join(FILE)).unwrap();
        assert_eq!(said(&config).await, MISSING);
        assert!(!config.data.join(FILE).exists(), "none is made in its place");
        let named = Config { secret_key: crate::config::Secret("0a".repeat(32)), ..config };
        assert_eq!(said(&named).await, ANOTHER);
        assert!(accept(&named, &db).await.unwrap());
        assert!(ready(&named, &db).await.unwrap() == Key::new([10; 32]));
        assert!(read("é".repeat(32).as_str()).is_err());
    }
}
