//! Recovery records at rest: they hold what lets into voice, so they are sealed with a key that lies beside the database.

use std::path::Path;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use sha2::{Digest as _, Sha256};

/// What signs addresses of pictures, derived from the node's key; that is made where there is none.
pub fn artwork_key(path: &Path) -> std::io::Result<[u8; 32]> {
    let key = ready(path)?;
    Ok(Sha256::new().chain_update(b"artwork of an audio node\0").chain_update(key).finalize().into())
}

/// The key of a file.
fn ready(path: &Path) -> std::io::Result<Vec<u8>> {
    match std::fs::read(path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0; 32];
            getrandom::fill(&mut key).map_err(std::io::Error::other)?;
            write_private(path, &key)?;
            Ok(key.to_vec())
        }
        Err(error) => Err(error),
    }
}

/// Seals and opens.
pub(crate) struct Seal(XChaCha20Poly1305);

impl Seal {
    /// The key of a file; the file is made where there is none.
    pub(crate) fn ready(path: &Path) -> std::io::Result<Self> {
        XChaCha20Poly1305::new_from_slice(&ready(path)?)
            .map(Self)
            .map_err(|_| std::io::Error::other("the key of the node is not 32 bytes long"))
    }

    pub(crate) fn close(&self, plain: &[u8], about: &str) -> Option<Vec<u8>> {
        let mut nonce = [0; 24];
        getrandom::fill(&mut nonce).ok()?;
        let sealed = self.0.encrypt(&nonce.into(), Payload { msg: plain, aad: about.as_bytes() }).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn open(&self, sealed: &[u8], about: &str) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
        self.0.decrypt(nonce.into(), Payload { msg: sealed, aad: about.as_bytes() }).ok()
    }
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

#[cfg(not(unix))]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, bytes)
}
