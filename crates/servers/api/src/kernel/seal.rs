//! The instance's key: it seals secrets that must be read again and keys the hashes of those that are short.
//!
//! The key is not in the database: whoever steals a copy of that has neither.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::error::{Error, Result};

const NONCE: usize = 24;

/// A key of 32 random bytes. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[key]")
    }
}

impl Key {
    /// A key out of its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key for as long as the program runs.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        #[expect(clippy::expect_used, reason = "without the system's randomness no secret is safe: nothing can go on")]
        getrandom::fill(&mut bytes).expect("the system has randomness");
        Self(bytes)
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        // A key of any length will do: this does not fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.mac(&[b"seal"]).into())
    }

    /// Seals a secret; it opens only for what it is about.
    pub(crate) fn seal(&self, nonce: [u8; NONCE], about: &str, secret: &[u8]) -> Result<String> {
        let payload = Payload { msg: secret, aad: about.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::Internal("failed to seal a secret".into()))?;
        Ok(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`Key::seal`] gave.
    pub(crate) fn open(&self, about: &str, sealed: &str) -> Result<Vec<u8>> {
        let open = || {
            let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
            let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
            let payload = Payload { msg: sealed, aad: about.as_bytes() };
            self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()
        };
        open().ok_or_else(|| Error::Internal("failed to open a secret: it was sealed with another key".into()))
    }

    /// A key of its own for one purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac(&[b"derive", purpose.as_bytes()])
    }

    /// What is kept of a secret that is too short for a plain hash.
    pub(crate) fn digest(&self, about: &str, secret: &str) -> Vec<u8> {
        self.mac(&[b"digest", about.as_bytes(), secret.as_bytes()]).to_vec()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_for_what_it_is_about() {
        let key = Key::new([1; 32]);
        let sealed = key.seal([2; NONCE], "somebody", b"secret").unwrap();
        assert_eq!(key.open("somebody", &sealed).unwrap(), b"secret");
        assert!(key.open("somebody else", &sealed).is_err());
        assert!(Key::new([3; 32]).open("somebody", &sealed).is_err());
        let mut broken = sealed.clone();
        broken.replace_range(40..41, if &sealed[40..41] == "A" { "B" } else { "A" });
        assert!(key.open("somebody", &broken).is_err());
        for text in ["", "A", "no base64!"] {
            assert!(key.open("somebody", text).is_err());
        }
        assert_eq!(format!("{key:?}"), "[key]");
    }
}
