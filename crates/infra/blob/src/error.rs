//! Why a file was refused, or could not be kept or found.

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Larger than allowed.
    #[error("file is too large")]
    TooLarge,
    /// Nothing in it.
    #[error("file is empty")]
    Empty,
    /// Not an image that can be read, where one is needed.
    #[error("file is not an image that can be read")]
    NotAnImage,
    /// The format that was asked for cannot be made from this file.
    #[error("format is not supported")]
    Unsupported,
    /// A program, or a document with macros.
    #[error("files of this type are not taken")]
    ForbiddenType,
    /// The bytes are not what the name or the declared type says.
    #[error("file is not of the type that it says")]
    TypeMismatch,
    /// So many pixels or frames that showing it would be an attack.
    #[error("image has too many pixels")]
    TooManyPixels,
    /// Not there.
    #[error("no such file")]
    NotFound,
    /// None of the bytes that were asked for exist; answered with 416.
    #[error("range is outside of the file")]
    RangeNotSatisfiable {
        /// Bytes of the whole file.
        total: u64,
    },
    /// The sender's stream broke off.
    #[error("upload was interrupted: {0}")]
    Interrupted(String),
    /// So many pictures are being made that another one has to wait.
    #[error("too many pictures are being made")]
    Busy,
    /// The store failed.
    #[error("{0}")]
    Storage(String),
}

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound { Self::NotFound } else { Self::Storage(error.to_string()) }
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::NotFound,
            error => Self::Storage(error.to_string()),
        }
    }
}

impl From<image::ImageError> for Error {
    fn from(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => Self::TooManyPixels,
            _ => Self::NotAnImage,
        }
    }
}
