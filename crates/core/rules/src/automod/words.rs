//! Finding words and patterns in a text: linear in its length, however many are looked for.

use std::collections::HashSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use guildhall_wire::FormErrors;
use regex::{Regex, RegexBuilder};

/// Bytes that one compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;
/// Bytes that looking for it may take.
const SEARCH_BYTES: usize = 1 << 18;
/// Bytes of a text that all patterns of a rule may read behind what they found and what passes.
const READ_BYTES: usize = 1 << 17;

/// A text as it is compared: in lower case and without what is not seen.
pub(super) struct Folded<'a> {
    original: &'a str,
    text: String,
    /// For each byte where its character begins in the original; empty where both are the same.
    origins: Vec<usize>,
}

impl<'a> Folded<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        if original.is_ascii() {
            return Self { original, text: original.to_ascii_lowercase(), origins: Vec::new() };
        }
        let (mut text, mut origins) = (String::with_capacity(original.len()), Vec::with_capacity(original.len()));
        for (at, character) in original.char_indices().filter(|(_, character)| !is_unseen(*character)) {
            text.extend(character.to_lowercase());
            origins.resize(text.len(), at);
        }
        Self { original, text, origins }
    }

    /// The place in the original.
    fn origin(&self, found: &Range<usize>) -> Range<usize> {
        if self.origins.is_empty() {
            return found.clone();
        }
        let start = self.origins.get(found.start).copied().unwrap_or_default();
        let last = found.end.checked_sub(1).and_then(|last| self.origins.get(last)).copied().unwrap_or(start);
        let width = self.original.get(last..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        start..last + width
    }
}

/// Soft hyphens, joiners and the like: they part a word for a machine and not for a reader.
const fn is_unseen(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A word that is looked for, and on which sides a longer one counts too.
#[derive(Clone, Debug)]
struct Word {
    /// As the rule has it.
    written: String,
    open_start: bool,
    open_end: bool,
}

/// Many words at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    words: Vec<Word>,
    finder: Option<AhoCorasick>,
}

impl Words {
    pub(super) fn new<'a>(list: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut words, mut needles, mut known) = (Vec::new(), Vec::new(), HashSet::new());
        for written in list {
            let trimmed = written.trim();
            let needle = Folded::new(trimmed.trim_matches('*').trim()).text;
            let (open_start, open_end) = (trimmed.starts_with('*'), trimmed.ends_with('*'));
            // Written twice it would be found twice, everywhere.
            if !needle.is_empty() && known.insert((needle.clone(), open_start, open_end)) {
                words.push(Word { written: written.to_owned(), open_start, open_end });
                needles.push(needle);
            }
        }
        let finder = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&needles);
        Self { finder: finder.ok().filter(|_| !words.is_empty()), words }
    }

    /// Where words stand as the rule means them.
    fn find<'a>(&'a self, text: &'a Folded<'_>) -> impl Iterator<Item = (&'a Word, Range<usize>)> {
        let found = self.finder.iter().flat_map(move |finder| finder.find_overlapping_iter(text.text.as_str()));
        found.filter_map(move |found| {
            let word = self.words.get(found.pattern().as_usize())?;
            let fits = (word.open_start || begins(&text.text, found.start()))
                && (word.open_end || ends(&text.text, found.end()));
            fits.then(|| (word, found.range()))
        })
    }

    /// What passes of the original: each word with the rest of the one that it stands in, on a side that is open.
    fn passing(&self, text: &Folded<'_>) -> Passing {
        let mut found = self.find(text).peekable();
        if found.peek().is_none() {
            return Passing::default();
        }
        let borders = Borders::of(&text.text);
        // Of those that begin at one place the longest is enough.
        let mut farthest = vec![0; text.text.len() + 1];
        for (word, found) in found {
            let start = if word.open_start { borders.start(found.start) } else { found.start };
            let end = if word.open_end { borders.end(found.end) } else { found.end };
            if let Some(known) = farthest.get_mut(start) {
                *known = end.max(*known);
            }
        }
        let mut reach = vec![0; text.original.len() + 1];
        for (start, end) in farthest.into_iter().enumerate().filter(|(_, end)| *end > 0) {
            let stretch = text.origin(&(start..end));
            if let Some(known) = reach.get_mut(stretch.start) {
                *known = stretch.end.max(*known);
            }
        }
        let mut most = 0;
        for reach in &mut reach {
            most = most.max(*reach);
            *reach = most;
        }
        Passing { reach }
    }
}

/// Where the word begins and ends in which a place lies.
struct Borders {
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Borders {
    fn of(text: &str) -> Self {
        let (mut starts, mut ends) = (vec![0; text.len() + 1], vec![text.len(); text.len() + 1]);
        let (mut start, mut end) = (0, text.len());
        for (at, character) in text.char_indices() {
            if !character.is_alphanumeric() {
                start = at + character.len_utf8();
            }
            if let Some(place) = starts.get_mut(at + character.len_utf8()) {
                *place = start;
            }
        }
        for (at, character) in text.char_indices().rev() {
            if !character.is_alphanumeric() {
                end = at;
            }
            if let Some(place) = ends.get_mut(at) {
                *place = end;
            }
        }
        Self { starts, ends }
    }

    fn start(&self, at: usize) -> usize {
        self.starts.get(at).copied().unwrap_or(at)
    }

    fn end(&self, at: usize) -> usize {
        self.ends.get(at).copied().unwrap_or(at)
    }
}

/// The stretches of a text that pass: for each place how far the farthest reaches of those that begin there or before.
#[derive(Default)]
struct Passing {
    reach: Vec<usize>,
}

impl Passing {
    /// Whether one stretch has all of it.
    fn covers(&self, found: &Range<usize>) -> bool {
        self.reach.get(found.start).is_some_and(|reach| *reach >= found.end)
    }
}

/// Whether a word may begin there.
fn begins(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|last| !last.is_alphanumeric())
}

/// Whether a word may end there.
fn ends(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|after| after.chars().next()).is_none_or(|next| !next.is_alphanumeric())
}

/// Words and patterns, and words that pass all the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    words: Words,
    patterns: Vec<Regex>,
    allowed: Words,
}

impl Filter {
    /// Patterns that cannot be read are passed over: [`check`] refuses them before they come here.
    pub(super) fn new<'a>(words: impl IntoIterator<Item = &'a str>, patterns: &[String], allowed: &[String]) -> Self {
        Self {
            words: Words::new(words),
            patterns: patterns.iter().filter_map(|pattern| compile(pattern).ok()).collect(),
            allowed: Words::new(allowed.iter().map(String::as_str)),
        }
    }

    /// The first word or pattern that does not pass, and what it found.
    pub(super) fn find(&self, text: &Folded<'_>) -> Option<(String, String)> {
        let passing = self.allowed.passing(text);
        let content = |found: Range<usize>| text.original.get(found).unwrap_or_default().to_owned();
        for (word, found) in self.words.find(text) {
            let found = text.origin(&found);
            if !passing.covers(&found) {
                return Some((word.written.clone(), content(found)));
            }
        }
        let mut left = READ_BYTES;
        self.patterns.iter().find_map(|pattern| {
            let mut found = pattern.find_iter(text.original).map(|found| found.range());
            let found = found.find(|found| {
                // To find the next it may read all that is left, and whoever wrote the text must not have that done for each of
                // its characters: behind so many that pass the next one does not.
                let passes = left > 0 && passing.covers(found);
                left = left.saturating_sub(text.original.len().saturating_sub(found.start));
                !passes
            })?;
            Some((pattern.as_str().to_owned(), content(found)))
        })
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).case_insensitive(true).size_limit(PATTERN_BYTES).dfa_size_limit(SEARCH_BYTES).build()
}

/// Complains about patterns that cannot be read or are too large.
pub(super) fn check(patterns: &[String], errors: &mut FormErrors) {
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(error) = compile(pattern) {
            let message = match error {
                regex::Error::CompiledTooBig(_) => "The pattern is too large when it is compiled.".to_owned(),
                error => error.to_string().lines().last().unwrap_or_default().trim().to_owned(),
            };
            errors.at(index).push("REGEX_VALIDATION_ERROR", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], patterns: &[&str], allowed: &[&str], text: &str) -> Option<(String, String)> {
        let own = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Filter::new(words.iter().copied(), &own(patterns), &own(allowed)).find(&Folded::new(text))
    }

    #[test]
    fn wildcards_open_a_side() {
        for (word, text, content) in [
            ("cat*", "Catapult", Some("Cat")),
            ("cat*", "a CAtTLE", Some("CAt")),
            ("cat*", "copycat", None),
            ("tra*", "extra", None),
            ("the mat*", "the matrix", Some("the mat")),
            ("*cat", "copyCat!", Some("Cat")),
            ("*cat", "catch", None),
            ("*the mat", "breathe mat", Some("the mat")),
            ("*cat*", "eduCation", Some("Cat")),
            ("*the mat*", "breathe matter", Some("the mat")),
            ("cat", "cat", Some("cat")),
            ("cat", "a cat, a dog", Some("cat")),
            ("cat", "location", None),
            ("the mat", "on the mat.", Some("the mat")),
            ("i like c++", "Well, I like C++ a lot", Some("I like C++")),
            ("straße", "die STRAßE", Some("STRAßE")),
            ("İ", "i\u{307}", Some("i\u{307}")),
            ("cat", "c\u{200b}at", Some("c\u{200b}at")),
            ("кот", "Чёрный КОТ", Some("КОТ")),
            ("*", "anything", None),
        ] {
            let hit = found(&[word], &[], &[], text);
            assert_eq!(hit.as_ref().map(|(_, content)| content.as_str()), content, "{word} in {text}");
            assert!(hit.is_none_or(|(keyword, _)| keyword == word));
        }
    }

    #[test]
    fn what_is_allowed_passes_where_it_covers() {
        for (allowed, text, hit) in [
            (&["class"][..], "a class", false),
            (&["class"], "class ass", true),
            (&["class*"], "classes", false),
            (&["*ass*"], "grass", false),
            (&["gr"], "grass", true),
            (&[], "grass", true),
        ] {
            assert_eq!(found(&["*ass*"], &[], allowed, text).is_some(), hit, "{allowed:?} in {text}");
        }
        assert!(found(&[], &["b.d"], &["bed"], "a bed").is_none());
        assert!(found(&[], &["b.d"], &["bed"], "a bed, a bad").is_some());
    }

    #[test]
    fn only_one_stretch_lets_pass() {
        for (allowed, text, hit) in [
            (&["one two", "two three"][..], "one two three", true),
            (&["one two", "one two three"], "one two three", false),
            (&["three", "one*", "one two three"], "one two three", false),
            (&["*two three", "one"], "one two three", true),
        ] {
            assert_eq!(found(&["one two three"], &[], allowed, text).is_some(), hit, "{allowed:?} in {text}");
        }
        assert!(found(&["*straße*"], &[], &["*die straße*"], "DIE\u{200b} STRAßEN").is_none());
        assert!(found(&["*straße*"], &[], &["*die straße*"], "DIE\u{200b} STRAßEN Straße").is_some());
    }

    #[test]
    fn what_passes_is_looked_at_so_long() {
        let many = |count: usize| "bed, ".repeat(count);
        for (text, hit) in [(many(100), false), (many(100) + "bad", true), (many(8000), true)] {
            assert_eq!(found(&[], &["b.d"], &["bed"], &text).is_some(), hit, "{}", text.len());
        }
    }

    #[test]
    fn patterns_are_linear_and_bounded() {
        let hit = found(&["dog"], &["(b|c)at", r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$"], &[], "one Bat");
        assert_eq!(hit, Some(("(b|c)at".into(), "Bat".into())));
        assert!(found(&[], &["(?-i)[A-Z]{5}"], &[], "quiet").is_none());
        assert!(found(&[], &["(a*)*b"], &[], &"a".repeat(4000)).is_none());
        let mut errors = FormErrors::new();
        let patterns = ["(", r"(?=a)", r"\w{500}", r"(a)\1", "fine", r"\w+@\w{3,10}\.com"];
        check(&patterns.map(str::to_owned), &mut errors);
        let text = serde_json::to_value(&errors).unwrap_or_default();
        let wrong: Vec<_> = text.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
        assert_eq!(wrong, ["0", "1", "2", "3"], "{text}");
    }
}
