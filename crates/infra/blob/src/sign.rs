//! Signed addresses of attachments: whoever has one may read the file, for a day.

use std::fmt::Write;

use hmac::{Hmac, Mac};
use percent_encoding::percent_decode_str;
use sha2::Sha256;

/// Addresses are equal for so long, so that a browser's cache knows a file again.
pub const SIGNATURE_GRAIN_SECS: u64 = 60 * 60;
/// An address is good for at least so long.
pub const SIGNATURE_LIFETIME_SECS: u64 = 24 * 60 * 60;

/// Adds `?ex=…&is=…&hm=…` to a path: when it expires and was issued, both in hexadecimal, and what proves it.
pub(crate) fn sign(secret: &[u8; 32], path: &str, now_secs: u64) -> String {
    let issued = now_secs - now_secs % SIGNATURE_GRAIN_SECS;
    let expires = issued.saturating_add(SIGNATURE_GRAIN_SECS + SIGNATURE_LIFETIME_SECS);
    let mut url = format!("{path}?ex={expires:x}&is={issued:x}&hm=");
    for byte in mac(secret, path, expires, issued).finalize().into_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(url, "{byte:02x}");
    }
    url
}

/// Whether a path's query was made by [`sign`] and has not expired. Other parameters are nobody's business.
pub(crate) fn verify(secret: &[u8; 32], path: &str, query: &str, now_secs: u64) -> bool {
    genuine(secret, path, query).is_some_and(|expires| now_secs <= expires)
}

/// When a path's query expires that was made by [`sign`]; nothing for all others.
pub(crate) fn genuine(secret: &[u8; 32], path: &str, query: &str) -> Option<u64> {
    let value = |name: &str| {
        query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    };
    let number = |name: &str| {
        // Only what `sign` writes: no signs, no more digits than there can be.
        let text = value(name).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u64::from_str_radix(text, 16).ok()
    };
    let (expires, issued, proof) = (number("ex")?, number("is")?, value("hm").and_then(unhex)?);
    mac(secret, path, expires, issued).verify_slice(&proof).is_ok().then_some(expires)
}

/// Over the decoded path: clients and proxies escape in their own ways.
fn mac(secret: &[u8; 32], path: &str, expires: u64, issued: u64) -> Hmac<Sha256> {
    let mut mac = keyed(secret);
    for byte in percent_decode_str(path) {
        mac.update(&[byte]);
    }
    // A path has no line break in it, escaped or not: names are cleaned.
    mac.update(format!("\n{expires:x}\n{issued:x}").as_bytes());
    mac
}

/// What proves that an address elsewhere was named here: it never expires, as messages do not.
pub(crate) fn prove(secret: &[u8; 32], address: &str) -> [u8; 32] {
    elsewhere(secret, address).finalize().into_bytes().into()
}

/// Whether an address elsewhere was named here.
pub(crate) fn is_proven(secret: &[u8; 32], address: &str, proof: &[u8]) -> bool {
    elsewhere(secret, address).verify_slice(proof).is_ok()
}

fn elsewhere(secret: &[u8; 32], address: &str) -> Hmac<Sha256> {
    let mut mac = keyed(secret);
    // No path of ours begins like that.
    mac.update(b"elsewhere\n");
    mac.update(address.as_bytes());
    mac
}

/// Hides a number behind a name, or shows it again: under one name, the same number looks the same and says nothing.
pub(crate) fn mask(secret: &[u8; 32], name: &str, number: u64) -> u64 {
    let bytes = mac(secret, name, 0, 0).finalize().into_bytes();
    number ^ bytes.iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
    // An exact block of key, so that no length can be wrong.
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(secret) {
        *to = *from;
    }
    Hmac::<Sha256>::new(&block.into())
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may")]

    use super::*;

    const SECRET: &[u8; 32] = &[7; 32];
    const NOW: u64 = 1_800_000_123;

    fn split(url: &str) -> (&str, &str) {
        url.split_once('?').unwrap()
    }

    #[test]
    fn an_address_is_good_for_a_day() {
        let url = sign(SECRET, "/cdn/attachments/1/2/caf%C3%A9.png", NOW);
        let (path, query) = split(&url);
        assert!(verify(SECRET, path, query, NOW));
        assert!(verify(SECRET, path, query, NOW + SIGNATURE_LIFETIME_SECS));
        assert!(!verify(SECRET, path, query, NOW + SIGNATURE_LIFETIME_SECS + SIGNATURE_GRAIN_SECS));
        // Escaped otherwise, with a cache buster and a preview's size.
        assert!(verify(SECRET, "/cdn/attachments/1/2/café.png", &format!("width=10&{query}&"), NOW));
        assert_eq!(sign(SECRET, path, NOW - NOW % 3600), sign(SECRET, path, NOW - NOW % 3600 + 3599));
    }

    #[test]
    fn a_changed_address_is_good_for_nothing() {
        let url = sign(SECRET, "/a/1/2/x.png", NOW);
        let (path, query) = split(&url);
        let later = query.replacen("ex=", "ex=f", 1);
        for (secret, path, query) in [
            (&[8; 32], path, query),
            (SECRET, "/a/1/3/x.png", query),
            (SECRET, path, ""),
            (SECRET, path, "ex=&is=&hm="),
            (SECRET, path, later.as_str()),
            (SECRET, path, &query.replacen("is=", "is=1", 1)),
            (SECRET, path, &query.replacen("is=", "is=%2b", 1)),
            (SECRET, path, &query[..query.len() - 1]),
            (SECRET, path, &format!("{query}0")),
            (SECRET, path, &format!("ex=ffffffffff&{query}")),
        ] {
            assert!(!verify(secret, path, query, NOW), "{path}?{query}");
        }
        // Every single character of the proof matters.
        for at in query.find("hm=").unwrap() + 3..query.len() {
            let other = if query.as_bytes().get(at) == Some(&b'0') { "1" } else { "0" };
            let changed = format!("{}{other}{}", &query[..at], &query[at + 1..]);
            assert!(!verify(SECRET, path, &changed, NOW), "{changed}");
        }
    }
}
