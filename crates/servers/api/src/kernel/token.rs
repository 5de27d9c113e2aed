//! Tokens: `base64(user id).base64(time).base64(secret)`, of which only a hash is kept.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use guildhall_wire::id::{Id, UserMarker};

/// A new token for a user. Clients check the first part against the user's id.
pub fn new(user: Id<UserMarker>, unix_ms: u64, secret: &[u8; 27]) -> String {
    let time = (unix_ms / 1000).to_be_bytes();
    let time = time.get(4..).unwrap_or_default();
    format!(
        "{}.{}.{}",
        STANDARD_NO_PAD.encode(user.to_string()),
        URL_SAFE_NO_PAD.encode(time),
        URL_SAFE_NO_PAD.encode(secret)
    )
}

pub use guildhall_store::session::hash;

/// A secret of random bytes as text for addresses.
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The token of a third party out of an `Authorization` header.
pub fn of_bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 200).then_some(token)
}

/// The token in an `Authorization` header, however it is written there.
pub(crate) fn of_either(header: &str) -> Option<&str> {
    of_bearer(header).or_else(|| of_header(header))
}

/// The token of an account out of an `Authorization` header, `Bot ` or not.
pub fn of_header(header: &str) -> Option<&str> {
    let token = header.strip_prefix("Bot ").unwrap_or(header).trim();
    (!token.is_empty() && token.len() <= 200 && !token.contains(' ')).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_same_however_it_is_written() {
        for (header, token) in [
            ("a.b.c", Some("a.b.c")),
            ("Bot a.b.c", Some("a.b.c")),
            ("Bot    a.b.c ", Some("a.b.c")),
            ("Bearer a.b.c", Some("a.b.c")),
            ("bearer   a.b.c", Some("a.b.c")),
            ("Basic a.b.c", None),
            ("", None),
        ] {
            assert_eq!(of_either(header), token, "{header}");
        }
    }
}
