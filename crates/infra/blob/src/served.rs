//! A file on its way to a reader, with the headers that keep it from doing harm.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::error::{Error, Result};
use crate::filename;

/// The bytes, as they come.
pub type Body = BoxStream<'static, Result<Bytes>>;

/// Whatever is opened in a tab of its own runs nothing, loads nothing from elsewhere, and is of no origin.
const POLICY: &str =
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self' data:; style-src 'unsafe-inline'";

/// What a reader asks of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From this byte on.
    From(u64),
    /// From one byte to another, both included.
    Between(u64, u64),
    /// So many of the last ones.
    Last(u64),
}

impl ByteRange {
    /// Reads a `Range` header. Several ranges, other units and nonsense are `None`: the whole file is the answer.
    pub fn parse(header: &str) -> Option<Self> {
        let (unit, range) = header.trim().split_once('=')?;
        let (first, last) = range.trim().split_once('-')?;
        let number = |text: &str| match text.trim() {
            "" => Some(None),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                // More than any file has is as good as the largest number.
                Some(Some(digits.parse().unwrap_or(u64::MAX)))
            }
            _ => None,
        };
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        match (number(first)?, number(last)?) {
            (Some(first), None) => Some(Self::From(first)),
            (Some(first), Some(last)) if first <= last => Some(Self::Between(first, last)),
            (None, Some(count)) => Some(Self::Last(count)),
            _ => None,
        }
    }

    /// The bytes of a file of this size, the end not included.
    pub(crate) fn within(self, total: u64) -> Result<std::ops::Range<u64>> {
        let range = match self {
            Self::From(first) => first..total,
            Self::Between(first, last) => first..last.saturating_add(1).min(total),
            Self::Last(count) => total.saturating_sub(count)..total,
        };
        if range.is_empty() { Err(Error::RangeNotSatisfiable { total }) } else { Ok(range) }
    }
}

/// Whether a browser shows a file or saves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Shown: pictures, sound and films that run nothing.
    Inline {
        /// Name under which it is saved, if it is.
        filename: String,
    },
    /// Saved.
    Attachment {
        /// Name under which it is saved.
        filename: String,
    },
}

impl Disposition {
    /// The value of `Content-Disposition`.
    pub fn header(&self) -> String {
        match self {
            Self::Inline { filename } => format!("inline; {}", filename::parameters(filename)),
            Self::Attachment { filename } => format!("attachment; {}", filename::parameters(filename)),
        }
    }
}

/// A file on its way to a reader.
pub struct Served {
    /// What it is served as, which for anything that could run is plain text.
    pub content_type: &'static str,
    /// Bytes of the body.
    pub length: u64,
    /// Bytes of the file.
    pub total: u64,
    /// Which bytes the body has, the end not included, if not all were asked for.
    pub range: Option<std::ops::Range<u64>>,
    /// Tells one content from another, in quotes.
    pub etag: String,
    /// Whether a browser shows it or saves it.
    pub disposition: Disposition,
    /// Who may keep it, and for how long. No file ever changes under its name.
    pub cache_control: &'static str,
    /// The bytes.
    pub body: Body,
}

impl Served {
    pub(crate) fn whole(content_type: &'static str, bytes: Bytes, etag: String, disposition: Disposition) -> Self {
        let total = bytes.len() as u64;
        Self {
            content_type,
            length: total,
            total,
            range: None,
            etag,
            disposition,
            cache_control: "public, max-age=31536000, immutable",
            body: stream::once(async { Ok(bytes) }).boxed(),
        }
    }

    /// 200, or 206 for a part.
    pub fn status(&self) -> StatusCode {
        if self.range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK }
    }

    /// Whether what an `If-None-Match` header names is this content, so that 304 is the answer.
    pub fn is_current(&self, if_none_match: &str) -> bool {
        if_none_match
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag == self.etag)
    }

    /// All headers that go with the body. None may be left out: they are what makes serving strangers' files safe.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut put = |name: HeaderName, value: &str| {
            // Names are escaped to plain letters, so that every value is one.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        put(CONTENT_TYPE, self.content_type);
        put(CONTENT_LENGTH, &self.length.to_string());
        put(CONTENT_DISPOSITION, &self.disposition.header());
        put(CONTENT_SECURITY_POLICY, POLICY);
        put(X_CONTENT_TYPE_OPTIONS, "nosniff");
        put(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
        put(CACHE_CONTROL, self.cache_control);
        put(ACCEPT_RANGES, "bytes");
        put(ETAG, &self.etag);
        if let Some(range) = &self.range {
            let last = range.end.saturating_sub(1);
            put(CONTENT_RANGE, &format!("bytes {}-{last}/{}", range.start, self.total));
        }
        headers
    }
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served")
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .field("total", &self.total)
            .field("range", &self.range)
            .field("etag", &self.etag)
            .field("disposition", &self.disposition)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (header, expected) in [
            ("bytes=0-", Some(ByteRange::From(0))),
            ("bytes=5-9", Some(ByteRange::Between(5, 9))),
            ("Bytes = 5 - 9", Some(ByteRange::Between(5, 9))),
            ("bytes=-3", Some(ByteRange::Last(3))),
            ("bytes=99999999999999999999-", Some(ByteRange::From(u64::MAX))),
            ("bytes=9-5", None),
            ("bytes=-", None),
            ("bytes=1-2,4-5", None),
            ("bytes=+1-2", None),
            ("lines=1-2", None),
            ("", None),
        ] {
            assert_eq!(ByteRange::parse(header), expected, "{header}");
        }
    }
}
