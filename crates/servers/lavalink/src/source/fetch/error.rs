//! What can be wrong with something fetched.

use std::net::IpAddr;

/// Why nothing, or no more, was fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No address that can be fetched from.
    #[error("`{0}` is not an http or https address")]
    Address(String),
    /// The name leads to a network that may not be talked to.
    #[error("{0} is not a public address")]
    Private(IpAddr),
    /// No such name.
    #[error("the name `{0}` does not resolve")]
    Resolve(String),
    /// Nobody answers there, or not as the protocol wants.
    #[error("failed to connect: {0}")]
    Connect(String),
    /// A step took longer than it may.
    #[error("timed out while waiting for {0}")]
    Timeout(&'static str),
    /// Bytes come slower than anyone could listen.
    #[error("the server sends too slowly")]
    Slow,
    /// Sent on too often.
    #[error("too many redirects")]
    Redirects,
    /// The server said no.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The server said that it wants to be asked later: in so many seconds.
    #[error("the server answered with status {0}, and wants to be asked in {1} seconds")]
    Later(u16, u64),
    /// More bytes than allowed.
    #[error("the answer is larger than {0} bytes")]
    Large(u64),
    /// Compressed although it was not asked to be.
    #[error("the answer is encoded as `{0}`")]
    Encoding(String),
    /// The answer broke off.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The answer says something else than it should.
    #[error("the answer cannot be read: {0}")]
    Content(String),
}

impl FetchError {
    /// Whether another try a moment later may help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Connect(_)
                | Self::Timeout(_)
                | Self::Broken(_)
                | Self::Status(429 | 500 | 502 | 503 | 504)
                | Self::Later(..)
        )
    }

    /// Whether an address that was good is so no longer.
    pub(in super::super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Status(401 | 403 | 404 | 410))
    }
}

/// The reason that lies at the ground of an error of the HTTP client.
pub(super) fn ground(error: &(dyn std::error::Error + 'static), otherwise: fn(String) -> FetchError) -> FetchError {
    let mut at = Some(error);
    let mut last = String::new();
    while let Some(error) = at {
        if let Some(known) = error.downcast_ref::<FetchError>() {
            return known.clone();
        }
        last = error.to_string();
        at = error.source();
    }
    otherwise(last)
}
