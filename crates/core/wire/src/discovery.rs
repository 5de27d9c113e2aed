//! Guilds that anybody finds and comes into without an invite.

use serde::{Deserialize, Serialize};

use crate::error::FormErrors;
use crate::id::{GuildMarker, Id};
use crate::patch::Patch;

/// The feature of guilds that anybody finds and comes into.
pub const DISCOVERABLE: &str = "DISCOVERABLE";

/// Bounds of what may be sent.
pub mod limits {
    /// Most keywords of a guild.
    pub const KEYWORDS: usize = 10;
    /// Longest keyword, in characters.
    pub const KEYWORD: usize = 30;
    /// Most guilds on a page of the list.
    pub const PAGE: usize = 48;
    /// Guilds on a page of a search, unless it asks for another number.
    pub const SEARCH_PAGE: usize = 24;
    /// Longest text that is searched for, in characters.
    pub const QUERY: usize = 100;
    /// Most guilds that a search skips.
    pub const OFFSET: usize = 2999;
}

/// What a guild is found by, beside its name and description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscoveryMetadata {
    /// The guild.
    pub guild_id: Id<GuildMarker>,
    /// See [`limits`].
    pub keywords: Vec<String>,
}

/// Body of replacing it: what is left out or null is as if it had never been set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscoveryMetadataBody {
    /// See [`DiscoveryMetadata::keywords`].
    pub keywords: Patch<Vec<String>>,
}

impl DiscoveryMetadataBody {
    /// The keywords without spaces around them. None is empty, too long or there twice in whatever case, as `fold` makes cases equal.
    pub fn keywords(self, fold: impl Fn(&str) -> String) -> Result<Vec<String>, FormErrors> {
        let Patch::Value(sent) = self.keywords else { return Ok(Vec::new()) };
        let mut errors = FormErrors::new();
        errors.count("keywords", sent.len(), 0, limits::KEYWORDS);
        let keywords: Vec<String> =
            sent.iter().take(limits::KEYWORDS).map(|keyword| keyword.trim().to_owned()).collect();
        let mut known = Vec::new();
        for (index, keyword) in keywords.iter().enumerate() {
            let (length, key) = (keyword.chars().count(), fold(keyword));
            let place = || format!("keywords.{index}");
            if !(1..=limits::KEYWORD).contains(&length) {
                let message = format!("Must be between 1 and {} in length.", limits::KEYWORD);
                errors.path(&place()).push("BASE_TYPE_BAD_LENGTH", message);
            } else if keyword.contains(char::is_control) {
                errors.path(&place()).push("STRING_TYPE_REGEX", "Must stand in one line.");
            } else if known.contains(&key) {
                errors.path(&place()).push("LIST_ITEM_VALUE_DUPLICATE", "This keyword is there already.");
            }
            known.push(key);
        }
        errors.finish().map(|()| keywords)
    }
}

/// A guild as people see it who are not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscoverableGuild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Image hash.
    pub banner: Option<String>,
    /// Image hash.
    pub splash: Option<String>,
    /// Image hash.
    pub discovery_splash: Option<String>,
    /// Discord's names.
    pub features: Vec<String>,
    /// Its invite by a name of its own choice.
    pub vanity_url_code: Option<String>,
    /// Its language.
    pub preferred_locale: String,
    /// Nobody pays here.
    pub premium_subscription_count: u32,
    /// Members.
    pub approximate_member_count: u32,
    /// How many of them are there.
    pub approximate_presence_count: u32,
    /// No guild goes from the list by itself.
    pub auto_removed: bool,
    /// See [`DiscoveryMetadata::keywords`].
    pub keywords: Vec<String>,
}

/// A page of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscoverableGuilds {
    /// Those with the most members first.
    pub guilds: Vec<DiscoverableGuild>,
    /// How many there are on all pages.
    pub total: usize,
    /// Most that this page could have.
    pub limit: usize,
    /// How many were skipped.
    pub offset: usize,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

    use super::*;

    fn check(sent: &[&str], expected: Result<&[&str], &[&str]>) {
        let keywords = Patch::Value(sent.iter().map(|&keyword| keyword.to_owned()).collect());
        let read = DiscoveryMetadataBody { keywords }.keywords(str::to_lowercase);
        let got = read.map_err(|errors| serde_json::to_value(&errors).unwrap());
        match (got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected),
            (Err(got), Err(places)) => {
                let got: Vec<_> = match &got["keywords"] {
                    serde_json::Value::Object(tree) => tree.keys().map(String::as_str).collect(),
                    _ => Vec::new(),
                };
                assert_eq!(got, places, "{sent:?}");
            }
            (got, _) => panic!("{sent:?}: {got:?}"),
        }
    }

    #[test]
    fn keywords_are_few_short_and_different() {
        let (long, too_long) = ("é".repeat(30), "é".repeat(31));
        check(&[], Ok(&[]));
        check(&["  chess ", "Go"], Ok(&["chess", "Go"]));
        check(&[&long], Ok(&[&long]));
        check(&["chess", " ", &too_long, "CHESS", "a\nb"], Err(&["1", "2", "3", "4"]));
        let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        check(&many.iter().map(String::as_str).collect::<Vec<_>>(), Err(&["_errors"]));
    }

    #[test]
    fn what_is_left_out_is_none() {
        for body in ["{}", r#"{"keywords":null}"#] {
            let body: DiscoveryMetadataBody = serde_json::from_str(body).unwrap();
            assert_eq!(body.keywords(str::to_lowercase), Ok(Vec::new()));
        }
    }
}
