//! Texts that others wrote, made fit to be shown.

use url::Url;

/// Longest name that is kept.
const MOST_NAME: usize = 256;
/// Longest address that is kept.
const MOST_ADDRESS: usize = 2_048;

/// A name without what cannot be seen, and not too long; nothing where nothing is left.
pub(super) fn name(text: &str) -> Option<String> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(MOST_NAME).collect();
    (!text.is_empty()).then_some(text)
}

/// An address of the web.
pub(super) fn address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host() && text.len() <= MOST_ADDRESS).then(|| text.to_owned())
}
