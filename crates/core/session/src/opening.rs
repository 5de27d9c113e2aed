//! What a client asks for in the address that it connects to.

use guildhall_wire::gateway::CloseCode;

/// How everything that is sent on a socket is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// One zlib stream, flushed after each frame.
    Zlib,
    /// One zstd frame, flushed after each frame.
    Zstd,
}

/// `?v=10&encoding=json&compress=zlib-stream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// 9 or 10.
    pub version: u8,
    /// See [`Compression`].
    pub compression: Compression,
}

impl Opening {
    /// Reads the query. What cannot be served has the code to close with.
    ///
    /// Clients write it carelessly: with a second `?`, with empty values, twice.
    pub fn read(query: &str) -> Result<Self, CloseCode> {
        let mut opening = Self { version: 10, compression: Compression::None };
        for pair in query.split(['&', '?', '/']) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (key, value) {
                (_, "") | ("v", "10") | ("encoding", "json") => {}
                ("v", "9") => opening.version = 9,
                ("v" | "encoding", _) => return Err(CloseCode::InvalidApiVersion),
                ("compress", "zlib-stream") => opening.compression = Compression::Zlib,
                ("compress", "zstd-stream") => opening.compression = Compression::Zstd,
                ("compress", _) => return Err(CloseCode::DecodeError),
                _ => {}
            }
        }
        Ok(opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_as_libraries_send_them() {
        let opening = |version, compression| Ok(Opening { version, compression });
        for (query, want) in [
            ("", opening(10, Compression::None)),
            ("v=10&encoding=json&compress=zlib-stream", opening(10, Compression::Zlib)),
            ("/?v=10&encoding=json", opening(10, Compression::None)),
            ("v=9&encoding=json", opening(9, Compression::None)),
            ("encoding=json&v=10&compress=zstd-stream", opening(10, Compression::Zstd)),
            ("v=10&compress=", opening(10, Compression::None)),
            ("v=6", Err(CloseCode::InvalidApiVersion)),
            ("v=x", Err(CloseCode::InvalidApiVersion)),
            ("v=10&encoding=etf", Err(CloseCode::InvalidApiVersion)),
            ("v=10&compress=lzma", Err(CloseCode::DecodeError)),
        ] {
            assert_eq!(Opening::read(query), want, "{query}");
        }
    }
}
