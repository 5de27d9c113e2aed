//! Where files are kept, and how much.

use std::fmt;
use std::path::PathBuf;

/// How to open a [`Blob`](crate::Blob).
#[derive(Clone)]
pub struct Config {
    /// Where files are kept.
    pub location: Location,
    /// Signs the addresses of attachments. All nodes of one server share it.
    pub secret: [u8; 32],
    /// Largest attachment, whatever a caller allows.
    pub max_attachment_bytes: u64,
    /// Memory for resized images and previews.
    pub cache_bytes: u64,
}

/// Where files are kept.
#[derive(Clone)]
pub enum Location {
    /// A folder of this machine; made when missing.
    Folder(PathBuf),
    /// A bucket.
    S3(S3),
}

/// A bucket of Amazon's or of anything that speaks like it.
#[derive(Clone)]
pub struct S3 {
    /// Its name.
    pub bucket: String,
    /// Address of the service, e.g. `https://s3.example.org`; empty for Amazon's own.
    pub endpoint: String,
    /// Region; most services other than Amazon's take any.
    pub region: String,
    /// Access key.
    pub key: String,
    /// Secret of the access key.
    pub secret: String,
    /// Whether `http://` is allowed, for a service on the same machine.
    pub allow_http: bool,
    /// What every name in the bucket begins with; may be empty.
    pub prefix: String,
    /// Folder for uploads until they are inspected. `None` is the system's, which on some systems is memory.
    pub scratch: Option<PathBuf>,
}

impl Config {
    /// Files in a folder, with limits that suit a small server.
    pub fn folder(path: impl Into<PathBuf>, secret: [u8; 32]) -> Self {
        let location = Location::Folder(path.into());
        Self { location, secret, max_attachment_bytes: 25 * 1024 * 1024, cache_bytes: 64 * 1024 * 1024 }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("location", &self.location)
            .field("max_attachment_bytes", &self.max_attachment_bytes)
            .field("cache_bytes", &self.cache_bytes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::S3(s3) => f.debug_tuple("S3").field(s3).finish(),
        }
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
