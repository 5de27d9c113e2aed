//! Forums: what only channels of posts have, and the tags of posts.

use serde::{Deserialize, Serialize};

use crate::error::FormErrors;
use crate::id::{EmojiMarker, Id, TagMarker};
use crate::loose::{Bool, Int};
use crate::patch::Patch;

/// Bits of a channel's flags.
pub mod flags {
    /// Of a post: stays above the others.
    pub const PINNED: u32 = 1 << 1;
    /// Of a forum: a post needs a tag.
    pub const REQUIRE_TAG: u32 = 1 << 4;
    /// Of a media channel: nothing is offered for download.
    pub const HIDE_MEDIA_DOWNLOAD_OPTIONS: u32 = 1 << 15;
    /// Of a channel: people ask for its content before they see it.
    pub const IS_SPOILER_CHANNEL: u32 = 1 << 21;
}

/// Most tags of a forum.
pub const TAGS: usize = 20;
/// Most tags of a post.
pub const APPLIED: usize = 5;

/// A tag of a forum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForumTag {
    /// The tag.
    pub id: Id<TagMarker>,
    /// 1–50 characters, unique in its forum.
    pub name: String,
    /// Given and taken by moderators of threads only.
    pub moderated: bool,
    /// A custom emoji beside it.
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// Or a standard one.
    pub emoji_name: Option<String>,
}

/// The emoji that posts are answered with at a touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultReaction {
    /// A custom emoji.
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// Or a standard one.
    pub emoji_name: Option<String>,
}

/// What a forum has beside other channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ForumSettings {
    /// The tags of its posts.
    pub available_tags: Vec<ForumTag>,
    /// See [`DefaultReaction`].
    pub default_reaction_emoji: Option<DefaultReaction>,
    /// 0 latest activity, 1 creation.
    pub default_sort_order: Option<u8>,
    /// 0 not said, 1 list, 2 gallery.
    pub default_forum_layout: u8,
    /// `match_all` or `match_some`.
    pub default_tag_setting: Option<String>,
}

/// A tag as clients send it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ForumTagBody {
    /// Of one that is there already.
    pub id: Option<Id<TagMarker>>,
    /// See [`ForumTag::name`].
    pub name: Option<String>,
    /// See [`ForumTag::moderated`].
    pub moderated: Option<Bool>,
    /// See [`ForumTag::emoji_id`].
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// See [`ForumTag::emoji_name`].
    pub emoji_name: Option<String>,
}

/// The fields of a forum in the body of a channel.
#[derive(Clone, Debug, Default)]
pub struct ForumBody {
    /// The whole new set of tags.
    pub available_tags: Patch<Vec<Option<ForumTagBody>>>,
    /// See [`ForumSettings::default_reaction_emoji`].
    pub default_reaction_emoji: Patch<DefaultReactionBody>,
    /// See [`ForumSettings::default_sort_order`].
    pub default_sort_order: Patch<Int<u8>>,
    /// See [`ForumSettings::default_forum_layout`].
    pub default_forum_layout: Patch<Int<u8>>,
    /// See [`ForumSettings::default_tag_setting`].
    pub default_tag_setting: Patch<String>,
}

/// A default reaction as clients send it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DefaultReactionBody {
    /// See [`DefaultReaction::emoji_id`].
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// See [`DefaultReaction::emoji_name`].
    pub emoji_name: Option<String>,
}

impl ForumBody {
    /// Writes what was sent into the settings of a forum. `new_id` names tags that were not there before.
    pub fn apply(
        self,
        settings: &mut ForumSettings,
        errors: &mut FormErrors,
        mut new_id: impl FnMut() -> Id<TagMarker>,
    ) {
        match self.available_tags {
            Patch::Absent => {}
            Patch::Null => settings.available_tags.clear(),
            Patch::Value(bodies) => {
                errors.count("available_tags", bodies.len(), 0, TAGS);
                let known = std::mem::take(&mut settings.available_tags);
                for (index, body) in bodies.into_iter().flatten().take(TAGS).enumerate() {
                    let place = errors.path(&format!("available_tags.{index}"));
                    let same = body.id.and_then(|id| known.iter().find(|tag| tag.id == id));
                    settings.available_tags.push(body.tag(same, place, &mut new_id));
                }
            }
        }
        match self.default_reaction_emoji {
            Patch::Absent => {}
            Patch::Null => settings.default_reaction_emoji = None,
            Patch::Value(body) => {
                let (emoji_id, emoji_name) = emoji(body.emoji_id, body.emoji_name, errors.at("default_reaction_emoji"));
                let some = emoji_id.is_some() || emoji_name.is_some();
                settings.default_reaction_emoji = some.then_some(DefaultReaction { emoji_id, emoji_name });
            }
        }
        if let Patch::Value(Int(order)) = self.default_sort_order
            && order > 1
        {
            errors.choice("default_sort_order", "(0, 1)");
        }
        self.default_sort_order.map(|order| order.0).apply(&mut settings.default_sort_order);
        if let Patch::Value(Int(layout)) = self.default_forum_layout
            && layout > 2
        {
            errors.choice("default_forum_layout", "(0, 1, 2)");
        }
        self.default_forum_layout.map(|layout| layout.0).apply_or_default(&mut settings.default_forum_layout);
        if let Patch::Value(setting) = &self.default_tag_setting
            && !["match_all", "match_some"].contains(&setting.as_str())
        {
            errors.choice("default_tag_setting", "('match_all', 'match_some')");
        }
        self.default_tag_setting.apply(&mut settings.default_tag_setting);
    }
}

impl ForumTagBody {
    fn tag(
        self,
        known: Option<&ForumTag>,
        errors: &mut FormErrors,
        new_id: &mut impl FnMut() -> Id<TagMarker>,
    ) -> ForumTag {
        let name = self.name.or_else(|| known.map(|tag| tag.name.clone())).unwrap_or_default().trim().to_owned();
        errors.length("name", &name, 1, 50);
        let (emoji_id, emoji_name) = emoji(self.emoji_id, self.emoji_name, errors);
        ForumTag {
            id: known.map_or_else(new_id, |tag| tag.id),
            name,
            moderated: self.moderated.map_or(known.is_some_and(|tag| tag.moderated), |moderated| moderated.0),
            emoji_id,
            emoji_name,
        }
    }
}

/// A custom emoji or a standard one, never both.
fn emoji(
    id: Option<Id<EmojiMarker>>,
    name: Option<String>,
    errors: &mut FormErrors,
) -> (Option<Id<EmojiMarker>>, Option<String>) {
    let name = name.filter(|name| !name.is_empty() && id.is_none());
    if let Some(name) = &name {
        errors.length("emoji_name", name, 1, 100);
    }
    (id, name)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    fn apply(settings: &mut ForumSettings, tags: serde_json::Value) -> Result<(), FormErrors> {
        let body = ForumBody { available_tags: serde_json::from_value(tags).unwrap(), ..ForumBody::default() };
        let (mut errors, mut next) = (FormErrors::new(), 10);
        body.apply(settings, &mut errors, || {
            next += 1;
            Id::new(next)
        });
        errors.finish()
    }

    #[test]
    fn tags_keep_their_ids() {
        let mut settings = ForumSettings::default();
        apply(&mut settings, json!([{ "name": " one " }, { "name": "two", "moderated": 1, "emoji_name": "👍" }]))
            .unwrap();
        let ids: Vec<_> = settings.available_tags.iter().map(|tag| tag.id.get()).collect();
        assert_eq!(
            (ids.as_slice(), settings.available_tags.first().unwrap().name.as_str()),
            ([11, 12].as_slice(), "one")
        );
        apply(&mut settings, json!([{ "id": "12", "name": "second" }, { "id": "99", "name": "new" }])).unwrap();
        let first = settings.available_tags.first().unwrap();
        assert_eq!((first.id.get(), first.moderated, first.name.as_str()), (12, true, "second"));
        assert_eq!(settings.available_tags.last().unwrap().id.get(), 11, "an id that is not there names nothing");
        apply(&mut settings, json!(null)).unwrap();
        assert!(settings.available_tags.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_told_by_its_place() {
        let mut settings = ForumSettings::default();
        let mut errors = apply(&mut settings, json!([{ "name": "" }])).unwrap_err();
        assert!(!errors.path("available_tags.0.name").is_empty());
        let many = vec![json!({ "name": "x" }); 21];
        assert!(apply(&mut settings, json!(many)).is_err());
    }
}
