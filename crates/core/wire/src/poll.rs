//! Polls: questions that a message asks, and who answered what.

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::emoji::PartialEmoji;
use crate::error::FormErrors;
use crate::id::{ChannelMarker, EmojiMarker, GuildMarker, Id, MessageMarker, UserMarker};
use crate::loose::{Bool, Int};
use crate::user::User;

/// Discord's limits.
pub mod limits {
    /// Characters of a question.
    pub const QUESTION: usize = 300;
    /// Characters of an answer.
    pub const ANSWER: usize = 55;
    /// Answers to choose from.
    pub const ANSWERS: usize = 10;
    /// Longest time that a poll is open: 32 days, in hours.
    pub const HOURS: u32 = 768;
}

/// A poll as one reader sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    /// What is asked.
    pub question: PollMedia,
    /// What can be answered.
    pub answers: Vec<PollAnswer>,
    /// When it ends.
    pub expiry: Option<Timestamp>,
    /// Whether one may give more than one answer.
    pub allow_multiselect: bool,
    /// Always 1.
    pub layout_type: u8,
    /// How many answered what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<PollResults>,
}

/// Text, and an emoji beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollMedia {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Of answers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<PartialEmoji>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollAnswer {
    /// Its number, from 1.
    pub answer_id: u8,
    /// Its text and emoji.
    pub poll_media: PollMedia,
}

/// How many answered what; answers that nobody gave are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollResults {
    /// For each answer.
    pub answer_counts: Vec<AnswerCount>,
    /// Whether it has ended.
    pub is_finalized: bool,
}

/// How many gave an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerCount {
    /// Which.
    pub id: u8,
    /// How many.
    pub count: u32,
    /// Whether the reader is among them.
    pub me_voted: bool,
}

/// `MESSAGE_POLL_VOTE_ADD` and `_REMOVE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollVote {
    /// Who.
    pub user_id: Id<UserMarker>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Which poll.
    pub message_id: Id<MessageMarker>,
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Which answer.
    pub answer_id: u8,
}

/// Who gave an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voters {
    /// By id.
    pub users: Vec<User>,
}

/// Body of asking.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "see Poll")]
pub struct PollBody {
    pub question: MediaBody,
    pub answers: Vec<AnswerBody>,
    /// In hours.
    #[serde(default)]
    pub duration: Option<Int<i64>>,
    #[serde(default)]
    pub allow_multiselect: Option<Bool>,
    #[serde(default)]
    pub layout_type: Option<Int<i64>>,
}

/// See [`PollAnswer`].
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "see PollAnswer")]
pub struct AnswerBody {
    pub poll_media: MediaBody,
}

/// See [`PollMedia`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "see PollMedia")]
pub struct MediaBody {
    pub text: Option<String>,
    pub emoji: Option<EmojiBody>,
}

/// A custom emoji by its id, or a standard one by its characters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "see PartialEmoji")]
pub struct EmojiBody {
    pub id: Option<Id<EmojiMarker>>,
    pub name: Option<String>,
}

/// Body of voting: all one's answers, as they are to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VoteBody {
    /// Numbers of answers.
    pub answer_ids: Vec<Int<u8>>,
}

impl PollBody {
    /// The poll as it is asked, open from `now` on (microseconds). Custom emoji have no name yet.
    pub fn read(&self, now: i64, is_standard: impl Fn(&str) -> bool) -> Result<Poll, FormErrors> {
        let mut errors = FormErrors::new();
        let question = self.question.text.as_deref().unwrap_or_default().trim();
        errors.at("question").length("text", question, 1, limits::QUESTION);
        errors.count("answers", self.answers.len(), 1, limits::ANSWERS);
        let hours = self.duration.map_or(24, |hours| hours.0);
        errors.range("duration", hours, 1, i64::from(limits::HOURS));
        if self.layout_type.is_some_and(|layout| layout.0 != 1) {
            errors.choice("layout_type", "(1)");
        }
        let mut answers = Vec::with_capacity(self.answers.len());
        for (number, body) in (1..).zip(self.answers.iter().take(limits::ANSWERS)) {
            let errors = errors.at("answers").at(number - 1).at("poll_media");
            let text = body.poll_media.text.as_deref().unwrap_or_default().trim();
            errors.length("text", text, 1, limits::ANSWER);
            let emoji = body.poll_media.emoji.as_ref().and_then(|emoji| match (emoji.id, emoji.name.as_deref()) {
                (Some(id), _) => Some(PartialEmoji { id: Some(id), name: None, animated: false }),
                (None, Some(name)) if !name.is_empty() => {
                    if !is_standard(name) {
                        errors.at("emoji").at("name").push("BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji");
                    }
                    Some(PartialEmoji { id: None, name: Some(name.to_owned()), animated: false })
                }
                _ => None,
            });
            let poll_media = PollMedia { text: Some(text.to_owned()), emoji };
            answers.push(PollAnswer { answer_id: u8::try_from(number).unwrap_or_default(), poll_media });
        }
        errors.finish()?;
        Ok(Poll {
            question: PollMedia { text: Some(question.to_owned()), emoji: None },
            answers,
            expiry: Timestamp::from_micros(now.saturating_add(hours.saturating_mul(3_600_000_000))).ok(),
            allow_multiselect: self.allow_multiselect.is_some_and(|many| many.0),
            layout_type: 1,
            results: None,
        })
    }
}

impl Poll {
    /// When it ends, in microseconds.
    pub fn ends_at(&self) -> i64 {
        self.expiry.map_or(i64::MAX, Timestamp::as_micros)
    }

    /// Whether it has such an answer.
    pub fn has(&self, answer: u8) -> bool {
        self.answers.iter().any(|known| known.answer_id == answer)
    }

    /// Everything that is written in it.
    pub fn text(&self) -> String {
        let media = self.answers.iter().map(|answer| &answer.poll_media).chain([&self.question]);
        media.filter_map(|media| media.text.as_deref()).collect::<Vec<_>>().join("\n")
    }
}
