//! Onboarding: what newcomers of a guild are asked, and which channels they begin with.

use serde::{Deserialize, Serialize};

use crate::error::FormErrors;
use crate::id::{ChannelMarker, EmojiMarker, GenericMarker, GuildMarker, Id, RoleMarker};
use crate::loose::{Bool, Int};
use crate::patch::Patch;

/// Most questions.
pub const PROMPTS: usize = 15;
/// Most answers to one.
pub const OPTIONS: usize = 50;
/// Most channels to begin with.
pub const CHANNELS: usize = 500;

/// Member flag: has answered.
pub const COMPLETED: u32 = 1 << 1;
/// Member flag: is asked.
pub const STARTED: u32 = 1 << 3;

/// A guild's onboarding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onboarding {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// What is asked.
    pub prompts: Vec<Prompt>,
    /// Where newcomers begin.
    pub default_channel_ids: Vec<Id<ChannelMarker>>,
    /// Whether newcomers are asked.
    pub enabled: bool,
    /// 0: channels to begin with count towards what it takes; 1: those of answers too.
    pub mode: u8,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The question.
    pub id: Id<GenericMarker>,
    /// Its text, 1–100 characters.
    pub title: String,
    /// The answers.
    pub options: Vec<PromptOption>,
    /// Only one of them.
    pub single_select: bool,
    /// One of them at least.
    pub required: bool,
    /// Asked on joining, not only in the list of channels and roles.
    pub in_onboarding: bool,
    /// 0 choice, 1 list.
    #[serde(rename = "type")]
    pub kind: u8,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptOption {
    /// The answer.
    pub id: Id<GenericMarker>,
    /// Its text, 1–50 characters.
    pub title: String,
    /// More of it, up to 100 characters.
    pub description: String,
    /// An emoji beside it.
    pub emoji: PromptEmoji,
    /// Roles that it gives.
    pub role_ids: Vec<Id<RoleMarker>>,
    /// Channels that it opens.
    pub channel_ids: Vec<Id<ChannelMarker>>,
}

/// An emoji beside an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptEmoji {
    /// A custom emoji.
    pub id: Option<Id<EmojiMarker>>,
    /// Its name, or a standard emoji.
    pub name: Option<String>,
    /// Moves.
    pub animated: bool,
}

/// Body of setting it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OnboardingBody {
    /// The whole new set.
    pub prompts: Patch<Vec<PromptBody>>,
    /// The whole new set.
    pub default_channel_ids: Patch<Vec<Id<ChannelMarker>>>,
    /// See [`Onboarding::enabled`].
    pub enabled: Patch<Bool>,
    /// See [`Onboarding::mode`].
    pub mode: Patch<Int<u8>>,
}

/// A question as clients send it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "documented at what it becomes")]
pub struct PromptBody {
    pub id: Option<Id<GenericMarker>>,
    pub title: String,
    pub options: Vec<PromptOptionBody>,
    pub single_select: Option<Bool>,
    pub required: Option<Bool>,
    pub in_onboarding: Option<Bool>,
    #[serde(rename = "type")]
    pub kind: Option<Int<u8>>,
}

/// An answer as clients send it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "documented at what it becomes")]
pub struct PromptOptionBody {
    pub id: Option<Id<GenericMarker>>,
    pub title: String,
    pub description: Option<String>,
    /// As it is sent out.
    pub emoji: Option<PromptEmoji>,
    /// As it is asked for.
    pub emoji_id: Option<Id<EmojiMarker>>,
    pub emoji_name: Option<String>,
    pub emoji_animated: Option<Bool>,
    #[serde(deserialize_with = "crate::loose::nullable")]
    pub role_ids: Vec<Id<RoleMarker>>,
    #[serde(deserialize_with = "crate::loose::nullable")]
    pub channel_ids: Vec<Id<ChannelMarker>>,
}

/// Body of answering.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Responses {
    /// The answers that were chosen, to all questions.
    pub onboarding_responses: Vec<Id<GenericMarker>>,
}

/// What answers give and what they take away again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Roles of the answers.
    pub roles: Vec<Id<RoleMarker>>,
    /// Roles of the other answers.
    pub not_roles: Vec<Id<RoleMarker>>,
    /// Channels of the answers, and those that everybody begins with.
    pub channels: Vec<Id<ChannelMarker>>,
}

impl Onboarding {
    /// What these answers mean; refused where a question is not answered as it wants to be.
    pub fn choose(&self, answers: &[Id<GenericMarker>]) -> Result<Chosen, FormErrors> {
        let mut errors = FormErrors::new();
        let mut chosen = Chosen { channels: self.default_channel_ids.clone(), ..Chosen::default() };
        let known =
            |id: &Id<GenericMarker>| self.prompts.iter().flat_map(|prompt| &prompt.options).any(|one| one.id == *id);
        if !answers.iter().all(known) {
            errors.at("onboarding_responses").push("ONBOARDING_RESPONSE_INVALID", "Not an answer of this guild.");
        }
        for prompt in &self.prompts {
            let (taken, left): (Vec<_>, Vec<_>) = prompt.options.iter().partition(|one| answers.contains(&one.id));
            if prompt.single_select && taken.len() > 1 {
                let message = "This question takes one answer.";
                errors.at("onboarding_responses").push("ONBOARDING_RESPONSE_SINGLE", message);
            }
            if prompt.required && prompt.in_onboarding && taken.is_empty() {
                let message = "This question must be answered.";
                errors.at("onboarding_responses").push("ONBOARDING_RESPONSE_REQUIRED", message);
            }
            for option in taken {
                chosen.roles.extend(&option.role_ids);
                chosen.channels.extend(&option.channel_ids);
            }
            chosen.not_roles.extend(left.iter().flat_map(|option| &option.role_ids));
        }
        errors.finish()?;
        distinct(&mut chosen.roles);
        distinct(&mut chosen.channels);
        chosen.not_roles.retain(|id| !chosen.roles.contains(id));
        Ok(chosen)
    }
}

/// What the guild has that onboarding speaks of.
pub trait Known {
    /// Whether it has that channel.
    fn channel(&self, id: Id<ChannelMarker>) -> bool;
    /// Whether it has that role.
    fn role(&self, id: Id<RoleMarker>) -> bool;
    /// An id for what is new.
    fn new_id(&self) -> Id<GenericMarker>;
}

impl OnboardingBody {
    /// Writes what was sent into an onboarding. Questions and answers whose ids are known keep them; others get new ones.
    pub fn apply(self, onboarding: &mut Onboarding, known: &impl Known) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        match self.default_channel_ids {
            Patch::Absent => {}
            Patch::Null => onboarding.default_channel_ids.clear(),
            Patch::Value(mut channels) => {
                errors.count("default_channel_ids", channels.len(), 0, CHANNELS);
                channels.truncate(CHANNELS);
                distinct(&mut channels);
                if !channels.iter().all(|id| known.channel(*id)) {
                    errors.at("default_channel_ids").push("CHANNEL_INVALID", "Not a channel of this guild.");
                }
                onboarding.default_channel_ids = channels;
            }
        }
        if let Patch::Value(mode) = self.mode {
            if mode.0 > 1 {
                errors.choice("mode", "(0, 1)");
            }
            onboarding.mode = mode.0;
        }
        self.enabled.map(|enabled| enabled.0).apply_value(&mut onboarding.enabled);
        match self.prompts {
            Patch::Absent => {}
            Patch::Null => onboarding.prompts.clear(),
            Patch::Value(bodies) => {
                errors.count("prompts", bodies.len(), 0, PROMPTS);
                let before = std::mem::take(&mut onboarding.prompts);
                for (index, body) in bodies.into_iter().take(PROMPTS).enumerate() {
                    let same = body.id.and_then(|id| before.iter().find(|prompt| prompt.id == id));
                    let place = errors.path(&format!("prompts.{index}"));
                    onboarding.prompts.push(body.prompt(same, known, place));
                }
            }
        }
        errors.finish()
    }
}

impl PromptBody {
    fn prompt(self, before: Option<&Prompt>, known: &impl Known, errors: &mut FormErrors) -> Prompt {
        errors.length("title", &self.title, 1, 100);
        errors.count("options", self.options.len(), 1, OPTIONS);
        let kind = self.kind.map_or(0, |kind| kind.0);
        if kind > 1 {
            errors.choice("type", "(0, 1)");
        }
        let options = self.options.into_iter().take(OPTIONS).enumerate().map(|(index, body)| {
            let place = errors.path(&format!("options.{index}"));
            let same =
                body.id.zip(before).and_then(|(id, prompt)| prompt.options.iter().find(|option| option.id == id));
            body.option(same, known, place)
        });
        Prompt {
            options: options.collect(),
            id: before.map_or_else(|| known.new_id(), |prompt| prompt.id),
            title: self.title,
            single_select: self.single_select.is_some_and(|flag| flag.0),
            required: self.required.is_some_and(|flag| flag.0),
            in_onboarding: self.in_onboarding.is_some_and(|flag| flag.0),
            kind,
        }
    }
}

impl PromptOptionBody {
    fn option(mut self, before: Option<&PromptOption>, known: &impl Known, errors: &mut FormErrors) -> PromptOption {
        errors.length("title", &self.title, 1, 50);
        let description = self.description.unwrap_or_default();
        errors.length("description", &description, 0, 100);
        let emoji = self.emoji.unwrap_or_default();
        let name = self.emoji_name.or(emoji.name).filter(|name| !name.is_empty());
        if let Some(name) = &name {
            errors.length("emoji_name", name, 0, 100);
        }
        for (field, count) in [("role_ids", self.role_ids.len()), ("channel_ids", self.channel_ids.len())] {
            errors.count(field, count, 0, 50);
        }
        distinct(&mut self.role_ids);
        distinct(&mut self.channel_ids);
        if !self.role_ids.iter().all(|id| known.role(*id)) {
            errors.at("role_ids").push("ROLE_INVALID", "Not a role of this guild.");
        }
        if !self.channel_ids.iter().all(|id| known.channel(*id)) {
            errors.at("channel_ids").push("CHANNEL_INVALID", "Not a channel of this guild.");
        }
        if self.role_ids.is_empty() && self.channel_ids.is_empty() {
            errors.push("ONBOARDING_OPTION_EMPTY", "An option gives at least one role or channel.");
        }
        PromptOption {
            id: before.map_or_else(|| known.new_id(), |option| option.id),
            title: self.title,
            description,
            emoji: PromptEmoji {
                id: self.emoji_id.or(emoji.id),
                name,
                animated: self.emoji_animated.map_or(emoji.animated, |flag| flag.0),
            },
            role_ids: self.role_ids,
            channel_ids: self.channel_ids,
        }
    }
}

fn distinct<T>(ids: &mut Vec<Id<T>>) {
    ids.sort_unstable();
    ids.dedup();
}
