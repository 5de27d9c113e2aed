//! What a worker of another host and a node say to each other before they work.

use serde::{Deserialize, Serialize};

use super::WorkerId;

/// Of orders, reports and this: who speaks another is refused. It rises with each change of them.
pub(super) const VERSION: u32 = 3;
/// Longest line of it.
pub(super) const MOST: u64 = 16 * 1024;
/// Most sources that a worker has, and the longest name of one.
const MOST_SOURCES: usize = 64;
const MOST_NAME: usize = 64;

/// What a worker says of itself. Whoever speaks another version may leave things out, or say more.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Hello {
    pub(super) version: u32,
    /// The version of its program.
    pub(super) program: String,
    /// Its process, by a name of its own: workers of one process share its processors.
    pub(super) host: String,
    pub(super) cores: usize,
    /// Names of the sources that it can play.
    pub(super) sources: Vec<String>,
}

/// What the node says to that.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Welcome { worker: WorkerId },
    Refused { reason: String },
}

impl Hello {
    /// Why it cannot work for this node.
    pub(super) fn wrong(&self) -> Option<String> {
        if self.version != VERSION {
            let Self { version, program, .. } = self;
            let own = env!("CARGO_PKG_VERSION");
            return Some(format!(
                "the worker ({program:.32}) speaks version {version} of the protocol, this node ({own}) version {VERSION}"
            ));
        }
        let long = |name: &String| name.len() > MOST_NAME;
        let wrong = self.sources.len() > MOST_SOURCES || self.sources.iter().any(long) || long(&self.host);
        wrong.then(|| "the worker says too much of itself".to_owned())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_another_version_is_understood_so_far() {
        let hello: Hello = serde_json::from_str(r#"{"version":9,"program":"7.1","more":[]}"#).unwrap();
        let wrong = hello.wrong().unwrap();
        assert!(wrong.starts_with("the worker (7.1) speaks version 9 of the protocol, this node ("), "{wrong}");
        assert!(Hello { version: VERSION, ..Hello::default() }.wrong().is_none());
        let sources = vec![String::new(); 65];
        assert!(Hello { version: VERSION, sources, ..Hello::default() }.wrong().is_some());
    }
}
