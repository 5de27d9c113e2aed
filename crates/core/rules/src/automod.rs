//! Automatic moderation: which rules of a guild a text breaks.
//!
//! Rules are made ready once (words become one automaton, patterns are compiled) and asked for every text. All of them are
//! asked: more than one may be broken.

mod presets;
mod spam;
mod words;

use std::sync::{Arc, OnceLock};

use guildhall_wire::FormErrors;
use guildhall_wire::automod::{Action, Rule, Trigger, action};
use guildhall_wire::id::{AutoModerationRuleMarker, ChannelMarker, Id, RoleMarker};

pub use spam::{MEMORY_MICROS, NEWCOMER_MICROS, Recent};
use words::{Filter, Folded};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message that is sent or edited, or the title of a thread.
    Message,
    /// A name of a member.
    Profile,
}

/// A text with what counts beside it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is.
    pub event: Event,
    /// The text.
    pub text: &'a str,
    /// Roles of who wrote it.
    pub roles: &'a [Id<RoleMarker>],
    /// The channel, and what it stands in: parent and category.
    pub places: &'a [Id<ChannelMarker>],
    /// What came shortly before.
    pub recent: Recent,
}

/// A rule that is ready to be asked.
#[derive(Debug)]
pub struct Armed {
    /// The rule.
    pub rule: Rule,
    /// Made when the rule is first asked.
    filter: OnceLock<Filter>,
}

/// A rule that was broken.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Which.
    pub rule: Arc<Armed>,
    /// The word or pattern that did it.
    pub keyword: Option<String>,
    /// What of the text it found.
    pub content: Option<String>,
}

impl Hit {
    /// What the rule does.
    pub fn actions(&self) -> &[Action] {
        &self.rule.rule.actions
    }

    /// What is done with the message: its explanation, where it is blocked.
    pub fn block(&self) -> Option<&Action> {
        self.actions().iter().find(|action| action.kind == action::BLOCK_MESSAGE)
    }
}

impl Armed {
    fn new(rule: Rule) -> Self {
        Self { rule, filter: OnceLock::new() }
    }

    fn filter(&self) -> &Filter {
        self.filter.get_or_init(|| {
            let metadata = &self.rule.trigger_metadata;
            let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
            let own = list(&metadata.keyword_filter);
            let presets = presets::words(metadata.presets.as_deref().unwrap_or_default());
            let all: Vec<&str> = own.iter().map(String::as_str).chain(presets.iter().copied()).collect();
            Filter::new(all, &list(&metadata.regex_patterns), &list(&metadata.allow_list))
        })
    }

    fn counts_for(&self, subject: &Subject<'_>) -> bool {
        let rule = &self.rule;
        let event = if rule.trigger_type == Trigger::MemberProfile { Event::Profile } else { Event::Message };
        rule.enabled
            && event == subject.event
            && !rule.exempt_roles.iter().any(|role| subject.roles.contains(role))
            && !rule.exempt_channels.iter().any(|channel| subject.places.contains(channel))
    }
}

/// The rules of a guild. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// By id: older rules are asked first.
    rules: Vec<Arc<Armed>>,
}

impl Rules {
    /// These rules.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut all = Self::default();
        rules.into_iter().for_each(|rule| all.put(rule));
        all
    }

    /// Adds a rule, or puts it in the place of the one with its id.
    pub fn put(&mut self, rule: Rule) {
        self.remove(rule.id);
        self.rules.push(Arc::new(Armed::new(rule)));
        self.rules.sort_by_key(|armed| armed.rule.id);
    }

    /// Takes a rule out.
    pub fn remove(&mut self, id: Id<AutoModerationRuleMarker>) {
        self.rules.retain(|armed| armed.rule.id != id);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a rule asks what came before a message.
    pub fn remember(&self) -> bool {
        self.rules.iter().any(|armed| {
            let metadata = &armed.rule.trigger_metadata;
            let raids = metadata.mention_raid_protection_enabled.unwrap_or_default();
            armed.rule.enabled && (armed.rule.trigger_type == Trigger::Spam || raids)
        })
    }

    /// The rules that a text breaks.
    pub fn judge(&self, subject: &Subject<'_>) -> Vec<Hit> {
        let mut folded = None;
        let mut hits = Vec::new();
        for armed in self.rules.iter().filter(|armed| armed.counts_for(subject)) {
            let bare = || Hit { rule: armed.clone(), keyword: None, content: None };
            let hit = match armed.rule.trigger_type {
                Trigger::Keyword | Trigger::Preset | Trigger::MemberProfile => {
                    let text = folded.get_or_insert_with(|| Folded::new(subject.text));
                    let found = armed.filter().find(text);
                    found.map(|(keyword, content)| Hit { keyword: Some(keyword), content: Some(content), ..bare() })
                }
                Trigger::Spam => spam::is_spam(subject.text, subject.recent).then(bare),
                Trigger::MentionSpam => breaks_mentions(&armed.rule, subject).then(bare),
            };
            hits.extend(hit);
        }
        hits
    }
}

fn breaks_mentions(rule: &Rule, subject: &Subject<'_>) -> bool {
    let count = crate::mention::count(subject.text);
    let metadata = &rule.trigger_metadata;
    let most = metadata.mention_total_limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let protects = metadata.mention_raid_protection_enabled.unwrap_or_default();
    count > most || (protects && count > 0 && subject.recent.newcomer && subject.recent.is_raid())
}

/// Complains about what only shows when a rule is made ready: patterns that cannot be read.
pub fn check(rule: &Rule) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    let patterns = rule.trigger_metadata.regex_patterns.as_deref().unwrap_or_default();
    words::check(patterns, errors.at("trigger_metadata").at("regex_patterns"));
    errors.finish()
}

#[cfg(test)]
mod tests;
