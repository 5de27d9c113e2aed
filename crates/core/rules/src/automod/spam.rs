//! What looks like spam, without learning: the same again and again, floods, and mentions by a crowd of newcomers.

use std::collections::HashMap;

/// How long what somebody wrote is remembered, in microseconds.
pub const MEMORY_MICROS: i64 = 60_000_000;
/// How long somebody is a newcomer, in microseconds: a day.
pub const NEWCOMER_MICROS: i64 = 86_400_000_000;

/// What came shortly before a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// How often its author wrote the same, in any channel of the guild, within [`MEMORY_MICROS`].
    pub same: usize,
    /// How much its author wrote at all within ten seconds.
    pub messages: usize,
    /// Whether its author is a newcomer.
    pub newcomer: bool,
    /// How many newcomers mentioned somebody within [`MEMORY_MICROS`].
    pub raiders: usize,
    /// How many mentions those were.
    pub raid_mentions: usize,
}

impl Recent {
    /// Whether newcomers are flooding the guild with mentions.
    pub const fn is_raid(&self) -> bool {
        self.raiders >= 4 && self.raid_mentions >= 20
    }
}

/// Whether a message looks like spam.
pub(super) fn is_spam(text: &str, recent: Recent) -> bool {
    // Short words are written often by anybody: "yes", "lol".
    let repeats = recent.same >= if text.chars().count() < 8 { 7 } else { 3 };
    repeats || recent.messages >= 12 || many_links(text) || many_invites(text) || is_flood(text)
}

fn many_links(text: &str) -> bool {
    text.matches("http://").count() + text.matches("https://").count() >= 10
}

fn many_invites(text: &str) -> bool {
    text.matches("discord.gg/").count() + text.matches("/invite/").count() >= 3
}

/// One line or word over and over, one character without an end, or letters under heaps of marks.
fn is_flood(text: &str) -> bool {
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for line in text.lines().map(str::trim).filter(|line| line.chars().count() > 2) {
        *lines.entry(line).or_default() += 1;
    }
    let mut words: HashMap<&str, usize> = HashMap::new();
    for word in text.split_whitespace().filter(|word| word.chars().count() > 2) {
        *words.entry(word).or_default() += 1;
    }
    let all: usize = words.values().sum();
    let most = words.values().copied().max().unwrap_or_default();
    let (mut run, mut longest, mut before) = (0_usize, 0_usize, None);
    for character in text.chars().filter(|character| character.is_alphanumeric()) {
        run = if before == Some(character) { run + 1 } else { 1 };
        before = Some(character);
        longest = longest.max(run);
    }
    let marks = text.chars().filter(|character| is_mark(*character)).count();
    lines.values().any(|count| *count >= 8)
        || (all >= 30 && most * 10 >= all * 8)
        || longest >= 100
        || (marks >= 60 && marks * 2 > text.chars().count())
}

/// Marks that combine with the letter before.
const fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spam_repeats_and_floods() {
        let quiet = Recent::default();
        let again = |same| Recent { same, ..quiet };
        for (text, recent, spam) in [
            ("hello there, how are you?", quiet, false),
            ("hello there, how are you?", again(2), false),
            ("hello there, how are you?", again(3), true),
            ("lol", again(3), false),
            ("lol", again(7), true),
            ("hi", Recent { messages: 12, ..quiet }, true),
            (&"https://a.example ".repeat(10), quiet, true),
            (&"https://a.example ".repeat(3), quiet, false),
            ("discord.gg/a discord.gg/b discord.gg/c", quiet, true),
            (&"buy now\n".repeat(8), quiet, true),
            (&"free ".repeat(40), quiet, true),
            (&"a".repeat(120), quiet, true),
            ("aaaaah ------------------------------------ no", quiet, false),
            (&"z\u{300}\u{301}\u{302}".repeat(30), quiet, true),
            ("Ελληνικά με τόνους, très élégant, Tiếng Việt", quiet, false),
        ] {
            assert_eq!(is_spam(text, recent), spam, "{text} {recent:?}");
        }
    }

    #[test]
    fn a_raid_takes_a_crowd() {
        let raid = |raiders, raid_mentions| Recent { raiders, raid_mentions, ..Recent::default() }.is_raid();
        assert_eq!((raid(4, 20), raid(3, 90), raid(9, 19)), (true, false, false));
    }
}
