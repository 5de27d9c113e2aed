//! Attachments, avatars and emoji.

/// Why a file was refused or could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there.
    #[error("no such file")]
    NotFound,
    /// Larger than allowed.
    #[error("file is too large")]
    TooLarge,
    /// The store failed.
    #[error("{0}")]
    Storage(String),
}

/// The file store.
#[derive(Clone, Debug)]
pub struct Blob;
