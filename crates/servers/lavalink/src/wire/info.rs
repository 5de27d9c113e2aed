//! What the node is.

use serde::Serialize;

/// Answer of `/v4/info`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Of the protocol that is spoken.
    pub version: Version,
    /// Milliseconds of Unix time.
    pub build_time: u64,
    /// Where the program comes from.
    pub git: Git,
    /// There is none; clients show it.
    pub jvm: String,
    /// Stands for the engine that plays.
    pub lavaplayer: String,
    /// Sources that are switched on.
    pub source_managers: Vec<String>,
    /// Filters that are switched on.
    pub filters: Vec<String>,
    /// Plugins whose routes are answered.
    pub plugins: Vec<Plugin>,
}

/// A version, taken apart.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// Whole.
    pub semver: String,
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
    /// What follows `-`.
    pub pre_release: Option<String>,
    /// What follows `+`.
    pub build: Option<String>,
}

/// The commit the program was made from.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Git {
    /// Its branch.
    pub branch: String,
    /// Its name.
    pub commit: String,
    /// Milliseconds of Unix time.
    pub commit_time: u64,
}

/// A plugin whose routes are answered.
#[derive(Clone, Debug, Serialize)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}
