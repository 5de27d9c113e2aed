//! Looking for messages: what is asked for, and what is found.

use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;

use crate::channel::Channel;
use crate::error::FormErrors;
use crate::id::{ChannelMarker, Id, MessageMarker, RoleMarker, UserMarker};
use crate::message::Message;
use crate::thread::ThreadMember;

/// Hits on a page.
pub const PAGE: u32 = 25;
/// Last offset.
pub const FARTHEST: u32 = 9975;
/// As many hits are counted: no page shows later ones.
pub const COUNTED: u32 = PAGE + FARTHEST;

/// What a message has beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Has {
    /// An address in its text.
    Link = 1,
    /// A card.
    Embed,
    /// A file.
    File,
    /// A picture.
    Image,
    /// A video.
    Video,
    /// Music or a recording.
    Sound,
    /// A sticker.
    Sticker,
    /// A poll.
    Poll,
    /// A forwarded message.
    Snapshot,
}

impl Has {
    /// All with their names.
    pub const ALL: [(&'static str, Self); 9] = [
        ("link", Self::Link),
        ("embed", Self::Embed),
        ("file", Self::File),
        ("image", Self::Image),
        ("video", Self::Video),
        ("sound", Self::Sound),
        ("sticker", Self::Sticker),
        ("poll", Self::Poll),
        ("snapshot", Self::Snapshot),
    ];

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorType {
    /// A person.
    User,
    /// A bot.
    Bot,
    /// A webhook.
    Webhook,
}

/// What is looked for. Different filters narrow, values of one list widen; `has` and what begins with `-` narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in Discord's query")]
pub struct Search {
    pub content: Option<String>,
    pub slop: Option<u32>,
    pub author_id: Vec<Id<UserMarker>>,
    pub author_type: Vec<AuthorType>,
    pub not_author_type: Vec<AuthorType>,
    pub mentions: Vec<Id<UserMarker>>,
    pub mentions_role_id: Vec<Id<RoleMarker>>,
    pub mention_everyone: Option<bool>,
    pub replied_to_user_id: Vec<Id<UserMarker>>,
    pub replied_to_message_id: Vec<Id<MessageMarker>>,
    pub min_id: Option<u64>,
    pub max_id: Option<u64>,
    pub limit: u32,
    pub offset: u32,
    pub has: Vec<Has>,
    pub has_not: Vec<Has>,
    pub link_hostname: Vec<String>,
    pub embed_provider: Vec<String>,
    pub embed_type: Vec<String>,
    pub attachment_extension: Vec<String>,
    pub attachment_filename: Vec<String>,
    pub pinned: Option<bool>,
    pub include_nsfw: bool,
    pub channel_id: Vec<Id<ChannelMarker>>,
    pub by_relevance: bool,
    pub ascending: bool,
}

impl Search {
    /// Reads a query string's pairs. Lists come as repeated keys; keys that nobody knows are passed over.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, FormErrors> {
        let mut search = Self { limit: PAGE, ..Self::default() };
        let mut errors = FormErrors::new();
        for (key, value) in pairs {
            if let Err((code, message)) = search.set(key, value) {
                errors.at(key.trim_end_matches("[]")).push(code, message);
            }
        }
        errors.finish()?;
        Ok(search)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        match key.trim_end_matches("[]") {
            "content" => self.content = Some(text(value, 1024)?).filter(|text| !text.trim().is_empty()),
            "slop" => self.slop = Some(number(value, 0, 100)?),
            "author_id" => add(&mut self.author_id, id(value)?, 100)?,
            "author_type" => {
                let (list, name) = match value.strip_prefix('-') {
                    Some(name) => (&mut self.not_author_type, name),
                    None => (&mut self.author_type, value),
                };
                let named = [("user", AuthorType::User), ("bot", AuthorType::Bot), ("webhook", AuthorType::Webhook)];
                add(list, choose(name, &named)?, 6)?;
            }
            "mentions" => add(&mut self.mentions, id(value)?, 100)?,
            "mentions_role_id" => add(&mut self.mentions_role_id, id(value)?, 100)?,
            "mention_everyone" => self.mention_everyone = Some(boolean(value)?),
            "replied_to_user_id" => add(&mut self.replied_to_user_id, id(value)?, 100)?,
            "replied_to_message_id" => add(&mut self.replied_to_message_id, id(value)?, 100)?,
            "min_id" => self.min_id = Some(number(value, 0, i64::MAX.cast_unsigned())?),
            "max_id" => self.max_id = Some(number(value, 0, i64::MAX.cast_unsigned())?),
            "limit" => self.limit = number(value, 1, PAGE)?,
            "offset" => self.offset = number(value, 0, FARTHEST)?,
            "has" => {
                let (list, name) = match value.strip_prefix('-') {
                    Some(name) => (&mut self.has_not, name),
                    None => (&mut self.has, value),
                };
                add(list, choose(name, &Has::ALL)?, 18)?;
            }
            "link_hostname" => add(&mut self.link_hostname, text(value, 256)?, 100)?,
            "embed_provider" => add(&mut self.embed_provider, text(value, 256)?, 100)?,
            "embed_type" => {
                let named = [
                    ("image", "image"),
                    ("video", "video"),
                    ("gif", "gifv"),
                    ("sound", "sound"),
                    ("article", "article"),
                ];
                add(&mut self.embed_type, choose(value, &named)?.to_owned(), 5)?;
            }
            "attachment_extension" => {
                add(&mut self.attachment_extension, text(value.trim_start_matches('.'), 256)?, 100)?;
            }
            "attachment_filename" => add(&mut self.attachment_filename, text(value, 1024)?, 100)?,
            "pinned" => self.pinned = Some(boolean(value)?),
            "include_nsfw" => self.include_nsfw = boolean(value)?,
            "channel_id" => add(&mut self.channel_id, id(value)?, 500)?,
            "sort_by" => self.by_relevance = choose(value, &[("relevance", true), ("timestamp", false)])?,
            "sort_order" => self.ascending = choose(value, &[("asc", true), ("desc", false)])?,
            _ => {}
        }
        Ok(())
    }
}

/// Code and text of what is wrong with a value.
type Problem = (&'static str, String);

fn text(value: &str, most: usize) -> Result<String, Problem> {
    if value.chars().count() > most {
        return Err(("BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length.")));
    }
    Ok(value.to_owned())
}

fn number<T: FromStr + PartialOrd + Display>(value: &str, least: T, most: T) -> Result<T, Problem> {
    let message = format!("int value should be between {least} and {most}.");
    value.parse().ok().filter(|number| *number >= least && *number <= most).ok_or(("NUMBER_TYPE_COERCE", message))
}

fn boolean(value: &str) -> Result<bool, Problem> {
    match value {
        "true" | "True" | "1" => Ok(true),
        "false" | "False" | "0" => Ok(false),
        _ => Err(("BOOLEAN_TYPE_CONVERT", "Must be either true or false.".into())),
    }
}

fn id<T>(value: &str) -> Result<Id<T>, Problem> {
    let fits = |id: &Id<T>| i64::try_from(id.get()).is_ok();
    value
        .parse()
        .ok()
        .filter(fits)
        .ok_or_else(|| ("NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not snowflake.")))
}

fn choose<T: Copy>(value: &str, named: &[(&str, T)]) -> Result<T, Problem> {
    named.iter().find(|(name, _)| *name == value).map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<_> = named.iter().map(|(name, _)| format!("'{name}'")).collect();
        ("BASE_TYPE_CHOICES", format!("Value must be one of ({}).", names.join(", ")))
    })
}

fn add<T: PartialEq>(list: &mut Vec<T>, value: T, most: usize) -> Result<(), Problem> {
    if list.contains(&value) {
        return Ok(());
    }
    if list.len() >= most {
        return Err(("BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length.")));
    }
    list.push(value);
    Ok(())
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct SearchResult {
    /// Always false: the index is written along with the messages.
    pub doing_deep_historical_index: bool,
    /// Hits in all, counted up to [`COUNTED`].
    pub total_results: u32,
    /// One list a hit.
    pub messages: Vec<[SearchHit; 1]>,
    /// Threads of the hits.
    pub threads: Vec<Channel>,
    /// The reader's memberships of them.
    pub members: Vec<ThreadMember>,
}

/// A message that was found.
#[derive(Clone, Debug, Serialize)]
pub struct SearchHit {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// Always true: nothing is sent around hits.
    pub hit: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_and_negations() {
        let pairs = [("author_id", "5"), ("author_id", "6"), ("author_id", "5"), ("has", "-link"), ("has", "image")];
        let pairs = pairs.into_iter().chain([("sort_order", "asc"), ("pinned", "true"), ("other", "x")]);
        let search = Search::read(pairs).unwrap_or_default();
        assert_eq!(search.author_id, [Id::new(5), Id::new(6)]);
        assert_eq!((search.has, search.has_not), (vec![Has::Image], vec![Has::Link]));
        assert_eq!((search.limit, search.ascending, search.pinned), (25, true, Some(true)));
    }

    #[test]
    fn refuses_what_is_out_of_range() {
        let long = "x".repeat(1025);
        let wrong = [
            ("limit", "26"),
            ("limit", "0"),
            ("offset", "9976"),
            ("has", "cake"),
            ("min_id", "-1"),
            ("author_id", "0"),
            ("author_id", "18446744073709551615"),
            ("pinned", "maybe"),
            ("slop", "101"),
            ("content", &long),
        ];
        for pair in wrong {
            assert!(Search::read([pair]).is_err(), "{pair:?}");
        }
        let many: Vec<_> = (1..=101).map(|id: u32| id.to_string()).collect();
        assert!(Search::read(many.iter().map(|id| ("mentions", id.as_str()))).is_err());
    }
}
