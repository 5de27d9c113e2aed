//! `data:` addresses, in which clients send avatars, icons and emoji.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use crate::error::{Error, Result};

/// Most bytes that an address may hold, decoded: the largest image of any kind.
pub const MAX_DATA_URL_BYTES: usize = 5 * 1024 * 1024;

/// Some clients leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads `data:image/png;base64,…`: the declared type and the bytes.
pub(crate) fn parse(url: &str) -> Result<(String, Bytes)> {
    let rest = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")).and_then(|_| url.get(5..));
    let (head, data) = rest.and_then(|rest| rest.split_once(',')).ok_or(Error::NotAnImage)?;
    let mime = head.strip_suffix(";base64").ok_or(Error::NotAnImage)?;
    if mime.len() > 127 || !mime.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::NotAnImage);
    }
    let data = data.trim();
    if data.len() / 4 * 3 > MAX_DATA_URL_BYTES {
        return Err(Error::TooLarge);
    }
    let bytes = BASE64.decode(data).map_err(|_| Error::NotAnImage)?;
    match bytes.len() {
        0 => Err(Error::Empty),
        size if size > MAX_DATA_URL_BYTES => Err(Error::TooLarge),
        _ => Ok((mime.to_ascii_lowercase(), bytes.into())),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may")]

    use super::*;

    #[test]
    fn good_addresses_are_read() {
        for (url, mime, bytes) in [
            ("data:image/png;base64,aGk=", "image/png", "hi"),
            ("data:image/png;base64,aGk", "image/png", "hi"),
            ("DATA:IMAGE/GIF;base64,aGk=\n", "image/gif", "hi"),
            ("data:;base64,aGk=", "", "hi"),
        ] {
            let (found, data) = parse(url).unwrap();
            assert_eq!((found.as_str(), data.as_ref()), (mime, bytes.as_bytes()), "{url}");
        }
    }

    #[test]
    fn bad_addresses_are_refused() {
        for url in
            ["", "data", "data:", "data:image/png,hi", "http://a/,b", "data:image/png;base64,&&&", "dät:a;base64,aGk="]
        {
            assert!(matches!(parse(url), Err(Error::NotAnImage)), "{url}");
        }
        assert!(matches!(parse("data:image/png;base64,"), Err(Error::Empty)));
        let long = format!("data:image/png;base64,{}", "A".repeat(MAX_DATA_URL_BYTES / 3 * 4 + 8));
        assert!(matches!(parse(&long), Err(Error::TooLarge)));
    }
}
