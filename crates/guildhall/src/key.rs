//! The key that seals second factors: from the configuration, or a file beside the database that the first start makes.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, bail};
use guildhall_api::Key;

use crate::config::Config;

const FILE: &str = "secret.key";

/// The key, made where there is none.
pub(crate) fn ready(config: &Config) -> anyhow::Result<Key> {
    match find(config)? {
        Some(key) => Ok(key),
        None => make(&config.data.join(FILE)),
    }
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

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::TempDir::new().unwrap();
        let config = Config { data: folder.path().join("new"), ..Config::default() };
        let key = ready(&config).unwrap();
        assert!(key == ready(&config).unwrap(), "the second start reads what the first made");
        std::fs::write(config.data.join(FILE), "no key").unwrap();
        assert!(ready(&config).is_err(), "a broken key is not replaced: what it sealed would be lost");
        let named = Config { secret_key: crate::config::Secret("0a".repeat(32)), ..config };
        assert!(ready(&named).unwrap() == Key::new([10; 32]));
        assert!(read("é".repeat(32).as_str()).is_err());
    }
}
