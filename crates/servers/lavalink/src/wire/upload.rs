//! Files that clients bring.

use serde::Serialize;

use super::Track;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// What it is played by, behind `upload:`.
    pub id: String,
    /// What the client called it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it came, in milliseconds of Unix time.
    pub created_at: u64,
    /// How it is played.
    pub track: Track,
}

/// Files, and how much room they take.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Uploads {
    /// In the order of their names.
    pub uploads: Vec<Upload>,
    /// Bytes of all files.
    pub used: u64,
    /// Bytes that there may be.
    pub quota: u64,
}
