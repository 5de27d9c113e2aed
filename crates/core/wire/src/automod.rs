//! Automatic moderation: the rules of a guild, and what is told when one of them was broken.

use serde::{Deserialize, Serialize};
use serde_repr::{Deserialize_repr, Serialize_repr};

use crate::error::FormErrors;
use crate::id::{AutoModerationRuleMarker, ChannelMarker, GuildMarker, Id, MessageMarker, RoleMarker, UserMarker};
use crate::loose::{Bool, Int};
use crate::patch::Patch;

/// What a rule looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum Trigger {
    /// Words and patterns of the guild's own.
    Keyword = 1,
    /// What looks like spam.
    Spam = 3,
    /// Words of lists that come with the server.
    Preset = 4,
    /// Too many mentions.
    MentionSpam = 5,
    /// Words and patterns in names of members.
    MemberProfile = 6,
}

impl Trigger {
    /// The trigger with that number.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Keyword,
            3 => Self::Spam,
            4 => Self::Preset,
            5 => Self::MentionSpam,
            6 => Self::MemberProfile,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Most rules of a guild with it.
    pub const fn most(self) -> usize {
        match self {
            Self::Keyword => 6,
            _ => 1,
        }
    }

    /// When it looks: 1 when a message is sent or edited, 2 when a profile changes.
    pub const fn event_type(self) -> u8 {
        match self {
            Self::MemberProfile => 2,
            _ => 1,
        }
    }

    const fn has_words(self) -> bool {
        matches!(self, Self::Keyword | Self::MemberProfile)
    }
}

/// Numbers of [`Action::kind`].
pub mod action {
    /// The message is not sent.
    pub const BLOCK_MESSAGE: u8 = 1;
    /// A channel hears of it.
    pub const SEND_ALERT: u8 = 2;
    /// The author is silent for a while.
    pub const TIMEOUT: u8 = 3;
    /// The member only looks and reads until the name is another.
    pub const BLOCK_INTERACTION: u8 = 4;
}

/// Numbers of the lists that come with the server.
pub mod preset {
    /// Swearing.
    pub const PROFANITY: u8 = 1;
    /// Sexual content.
    pub const SEXUAL_CONTENT: u8 = 2;
    /// Insults of people for what they are.
    pub const SLURS: u8 = 3;
}

/// Discord's limits.
pub mod limits {
    /// Words of a rule.
    pub const KEYWORDS: usize = 1000;
    /// Patterns of a rule.
    pub const PATTERNS: usize = 10;
    /// Characters of a word.
    pub const KEYWORD: usize = 60;
    /// Characters of a pattern.
    pub const PATTERN: usize = 260;
    /// Words that a rule lets pass.
    pub const ALLOWED: usize = 100;
    /// Words that a rule over a preset lets pass.
    pub const ALLOWED_OF_PRESET: usize = 1000;
    /// Mentions in a message.
    pub const MENTIONS: u32 = 50;
    /// Roles that a rule does not count for.
    pub const ROLES: usize = 20;
    /// Channels that a rule does not count for.
    pub const CHANNELS: usize = 50;
    /// What a rule does.
    pub const ACTIONS: usize = 5;
    /// Seconds of a timeout: four weeks.
    pub const TIMEOUT: u32 = 2_419_200;
    /// Characters of an explanation.
    pub const EXPLANATION: usize = 150;
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The rule.
    pub id: Id<AutoModerationRuleMarker>,
    /// Where it counts.
    pub guild_id: Id<GuildMarker>,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub creator_id: Id<UserMarker>,
    /// See [`Trigger::event_type`].
    pub event_type: u8,
    /// What it looks for.
    pub trigger_type: Trigger,
    /// The same in detail.
    pub trigger_metadata: Metadata,
    /// What it does.
    pub actions: Vec<Action>,
    /// Whether it counts.
    pub enabled: bool,
    /// For whom it does not.
    pub exempt_roles: Vec<Id<RoleMarker>>,
    /// Where it does not.
    pub exempt_channels: Vec<Id<ChannelMarker>>,
}

/// What a rule looks for in detail: each field belongs to some triggers and is absent from the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Words, with `*` at an end where a word goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword_filter: Option<Vec<String>>,
    /// Regular expressions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex_patterns: Option<Vec<String>>,
    /// Numbers of [`preset`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presets: Option<Vec<u8>>,
    /// Words that pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_list: Option<Vec<String>>,
    /// Different people and roles that a message may mention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mention_total_limit: Option<u32>,
    /// Whether mentions by many newcomers at once are stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mention_raid_protection_enabled: Option<bool>,
}

/// Something that a rule does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// See [`action`].
    #[serde(rename = "type")]
    pub kind: u8,
    /// How it does it.
    #[serde(default)]
    pub metadata: ActionMetadata,
}

/// How a rule does something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionMetadata {
    /// Where an alert goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<Id<ChannelMarker>>,
    /// How long a timeout lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// What the author of a blocked message reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_message: Option<String>,
}

/// `AUTO_MODERATION_ACTION_EXECUTION`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// What was done.
    pub action: Action,
    /// By which rule.
    pub rule_id: Id<AutoModerationRuleMarker>,
    /// What it looks for.
    pub rule_trigger_type: Trigger,
    /// Who broke it.
    pub user_id: Id<UserMarker>,
    /// Where; absent for profiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<Id<ChannelMarker>>,
    /// The message; absent when it was blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Id<MessageMarker>>,
    /// The message that tells of it, of alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_system_message_id: Option<Id<MessageMarker>>,
    /// What was written; empty for those who may not read it.
    pub content: String,
    /// The word or pattern of the rule.
    pub matched_keyword: Option<String>,
    /// What of the content it found; empty for those who may not read it.
    pub matched_content: Option<String>,
}

/// Body of making or changing a rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "see Rule")]
pub struct RuleBody {
    pub name: Patch<String>,
    pub event_type: Patch<Int<u8>>,
    pub trigger_type: Patch<Int<u8>>,
    pub trigger_metadata: Patch<MetadataBody>,
    pub actions: Patch<Vec<ActionBody>>,
    pub enabled: Patch<Bool>,
    pub exempt_roles: Patch<Vec<Id<RoleMarker>>>,
    pub exempt_channels: Patch<Vec<Id<ChannelMarker>>>,
}

/// See [`Metadata`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "see Metadata")]
pub struct MetadataBody {
    pub keyword_filter: Option<Vec<String>>,
    pub regex_patterns: Option<Vec<String>>,
    pub presets: Option<Vec<Int<u8>>>,
    pub allow_list: Option<Vec<String>>,
    pub mention_total_limit: Option<Int<i64>>,
    pub mention_raid_protection_enabled: Option<Bool>,
}

/// See [`Action`].
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "see Action")]
pub struct ActionBody {
    #[serde(rename = "type")]
    pub kind: Int<u8>,
    #[serde(default)]
    pub metadata: Option<ActionMetadataBody>,
}

/// See [`ActionMetadata`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "see ActionMetadata")]
pub struct ActionMetadataBody {
    pub channel_id: Option<Id<ChannelMarker>>,
    pub duration_seconds: Option<Int<i64>>,
    pub custom_message: Option<String>,
}

/// Whether a guild has a channel where alerts can be written.
pub trait Known {
    /// Whether there is such a channel.
    fn can_alert(&self, channel: Id<ChannelMarker>) -> bool;
}

impl RuleBody {
    /// What the rule is to look for; complains where that is not said or not known.
    pub fn trigger(&self) -> Result<Trigger, FormErrors> {
        let mut errors = FormErrors::new();
        match self.trigger_type {
            Patch::Value(Int(number)) => {
                if let Some(trigger) = Trigger::from_number(number) {
                    return Ok(trigger);
                }
                errors.choice("trigger_type", "(1, 3, 4, 5, 6)");
            }
            Patch::Absent | Patch::Null => errors.required("trigger_type"),
        }
        Err(errors)
    }

    /// Writes what was sent into a rule. A new one (without a name) takes a name and actions.
    pub fn apply(self, rule: &mut Rule, known: &impl Known) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        let new = rule.name.is_empty();
        if let Patch::Value(name) = self.name {
            name.trim().clone_into(&mut rule.name);
            errors.length("name", &rule.name, 1, 100);
        } else if new {
            errors.required("name");
        }
        match self.event_type {
            Patch::Value(Int(number)) if number != rule.trigger_type.event_type() => {
                errors.choice("event_type", &format!("({})", rule.trigger_type.event_type()));
            }
            Patch::Absent | Patch::Null if new => errors.required("event_type"),
            _ => {}
        }
        if let Patch::Value(Int(number)) = self.trigger_type
            && number != rule.trigger_type.number()
        {
            errors.choice("trigger_type", &format!("({})", rule.trigger_type.number()));
        }
        match self.trigger_metadata {
            Patch::Value(body) => body.apply(rule, errors.at("trigger_metadata")),
            Patch::Null => MetadataBody::default().apply(rule, errors.at("trigger_metadata")),
            Patch::Absent if new => {
                if rule.trigger_type == Trigger::Preset {
                    errors.required("trigger_metadata");
                }
                MetadataBody::default().apply(rule, &mut FormErrors::new());
            }
            Patch::Absent => {}
        }
        match self.actions {
            Patch::Value(actions) => rule.actions = read_actions(actions, rule.trigger_type, known, &mut errors),
            Patch::Null | Patch::Absent if new => errors.required("actions"),
            Patch::Null | Patch::Absent => {}
        }
        self.enabled.map(|enabled| enabled.0).apply_or_default(&mut rule.enabled);
        self.exempt_roles.apply_or_default(&mut rule.exempt_roles);
        self.exempt_channels.apply_or_default(&mut rule.exempt_channels);
        distinct(&mut rule.exempt_roles);
        distinct(&mut rule.exempt_channels);
        errors.count("exempt_roles", rule.exempt_roles.len(), 0, limits::ROLES);
        errors.count("exempt_channels", rule.exempt_channels.len(), 0, limits::CHANNELS);
        errors.finish()
    }
}

impl MetadataBody {
    /// Writes what belongs to the rule's trigger; what was not sent stays.
    fn apply(self, rule: &mut Rule, errors: &mut FormErrors) {
        let trigger = rule.trigger_type;
        let metadata = &mut rule.trigger_metadata;
        if trigger.has_words() {
            let (keyword_filter, patterns) = (&mut metadata.keyword_filter, &mut metadata.regex_patterns);
            words(self.keyword_filter, keyword_filter, "keyword_filter", (limits::KEYWORDS, limits::KEYWORD), errors);
            words(self.regex_patterns, patterns, "regex_patterns", (limits::PATTERNS, limits::PATTERN), errors);
        }
        if trigger.has_words() || trigger == Trigger::Preset {
            let most = if trigger == Trigger::Preset { limits::ALLOWED_OF_PRESET } else { limits::ALLOWED };
            words(self.allow_list, &mut metadata.allow_list, "allow_list", (most, limits::KEYWORD), errors);
        }
        if trigger == Trigger::Preset {
            let mut presets = match self.presets {
                Some(presets) => presets.into_iter().map(|number| number.0).collect(),
                None => metadata.presets.take().unwrap_or_default(),
            };
            distinct(&mut presets);
            if presets.iter().any(|number| !(preset::PROFANITY..=preset::SLURS).contains(number)) {
                errors.choice("presets", "(1, 2, 3)");
            }
            metadata.presets = Some(presets);
        }
        if trigger == Trigger::MentionSpam {
            let limit =
                self.mention_total_limit.map_or(metadata.mention_total_limit.map_or(20, i64::from), |int| int.0);
            errors.range("mention_total_limit", limit, 0, i64::from(limits::MENTIONS));
            metadata.mention_total_limit = Some(u32::try_from(limit).unwrap_or_default());
            let protects = self.mention_raid_protection_enabled.map(|protects| protects.0);
            let before = metadata.mention_raid_protection_enabled;
            metadata.mention_raid_protection_enabled = Some(protects.or(before).unwrap_or_default());
        }
    }
}

/// A list of texts, each within the limits (how many, how long).
fn words(
    sent: Option<Vec<String>>,
    list: &mut Option<Vec<String>>,
    field: &str,
    (most, longest): (usize, usize),
    errors: &mut FormErrors,
) {
    let words = sent.unwrap_or_else(|| list.take().unwrap_or_default());
    errors.count(field, words.len(), 0, most);
    for (index, word) in words.iter().enumerate().take(most) {
        let count = word.chars().count();
        if count > longest || word.trim().trim_matches('*').trim().is_empty() {
            let message = format!("Must be between 1 and {longest} in length.");
            errors.at(field).at(index).push("BASE_TYPE_BAD_LENGTH", message);
        }
    }
    *list = Some(words);
}

fn read_actions(sent: Vec<ActionBody>, trigger: Trigger, known: &impl Known, errors: &mut FormErrors) -> Vec<Action> {
    errors.count("actions", sent.len(), 1, limits::ACTIONS);
    let mut actions: Vec<Action> = Vec::new();
    for (index, body) in sent.into_iter().enumerate().take(limits::ACTIONS) {
        let errors = errors.at("actions").at(index);
        let (kind, sent) = (body.kind.0, body.metadata.unwrap_or_default());
        let fits = match kind {
            action::BLOCK_MESSAGE => trigger != Trigger::MemberProfile,
            action::SEND_ALERT => true,
            action::TIMEOUT => matches!(trigger, Trigger::Keyword | Trigger::MentionSpam),
            action::BLOCK_INTERACTION => trigger == Trigger::MemberProfile,
            _ => {
                errors.choice("type", "(1, 2, 3, 4)");
                continue;
            }
        };
        if !fits || actions.iter().any(|known| known.kind == kind) {
            errors.at("type").push("AUTO_MODERATION_INVALID_ACTION_TYPE", "Not an action of this trigger, or twice.");
        }
        let mut metadata = ActionMetadata::default();
        let place = errors.at("metadata");
        match kind {
            action::BLOCK_MESSAGE => {
                metadata.custom_message = sent.custom_message.filter(|text| !text.trim().is_empty());
                let text = metadata.custom_message.as_deref().unwrap_or_default();
                place.length("custom_message", text, 0, limits::EXPLANATION);
            }
            action::SEND_ALERT => match sent.channel_id {
                None => place.required("channel_id"),
                Some(id) if known.can_alert(id) => metadata.channel_id = Some(id),
                Some(_) => place.at("channel_id").push("CHANNEL_INVALID", "Not a text channel of this guild."),
            },
            action::TIMEOUT => {
                let seconds = sent.duration_seconds.map_or(60, |seconds| seconds.0);
                place.range("duration_seconds", seconds, 0, i64::from(limits::TIMEOUT));
                metadata.duration_seconds = Some(u32::try_from(seconds).unwrap_or_default());
            }
            _ => {}
        }
        actions.push(Action { kind, metadata });
    }
    actions
}

fn distinct<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
