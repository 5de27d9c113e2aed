//! What went wrong, told to a client.

use serde::{Deserialize, Serialize};

/// How bad it is that a track could not be loaded or played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Known and expected: the track is private, gone, or of a kind that is not played.
    Common,
    /// Somebody outside answered in a way that was not expected.
    Suspicious,
    /// Something is wrong in here, or nobody can tell.
    Fault,
}

/// Why a track could not be loaded or played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// For people.
    pub message: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// For developers.
    pub cause: String,
    /// The whole chain of causes.
    pub cause_stack_trace: String,
}

/// A request that failed.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// When, in milliseconds of Unix time.
    pub timestamp: u64,
    /// The HTTP status code.
    pub status: u16,
    /// The HTTP status in words.
    pub error: String,
    /// The chain of causes; only for those who ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Why, for programs, where the status says too little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What is wrong.
    pub message: String,
    /// The path that was asked for.
    pub path: String,
}
