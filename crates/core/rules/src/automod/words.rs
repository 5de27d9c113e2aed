//! Finding words and patterns in a text: linear in its length, however many are looked for.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use guildhall_wire::FormErrors;
use regex::{Regex, RegexBuilder};

/// Bytes that one compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;
/// Bytes that looking for it may take.
const SEARCH_BYTES: usize = 1 << 18;

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
        let (mut words, mut needles) = (Vec::new(), Vec::new());
        for written in list {
            let trimmed = written.trim();
            let needle = Folded::new(trimmed.trim_matches('*').trim()).text;
            if !needle.is_empty() {
                let (open_start, open_end) = (trimmed.starts_with('*'), trimmed.ends_with('*'));
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

    /// The stretches of the original that pass: with the rest of the word on a side that is open.
    fn passing(&self, text: &Folded<'_>) -> Vec<Range<usize>> {
        let stretch = |(word, found): (&Word, Range<usize>)| {
            let (mut start, mut end) = (found.start, found.end);
            if word.open_start {
                let before = text.text.get(..start).unwrap_or_default();
                start = before.rfind(|character: char| !character.is_alphanumeric()).map_or(0, |at| {
                    at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
                });
            }
            if word.open_end {
                let after = text.text.get(end..).unwrap_or_default();
                end += after.find(|character: char| !character.is_alphanumeric()).unwrap_or(after.len());
            }
            text.origin(&(start..end))
        };
        self.find(text).map(stretch).collect()
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
        let stays = |found: &Range<usize>| {
            !passing.iter().any(|passing| passing.start <= found.start && found.end <= passing.end)
        };
        let content = |found: Range<usize>| text.original.get(found).unwrap_or_default().to_owned();
        for (word, found) in self.words.find(text) {
            let found = text.origin(&found);
            if stays(&found) {
                return Some((word.written.clone(), content(found)));
            }
        }
        self.patterns.iter().find_map(|pattern| {
            let found = pattern.find_iter(text.original).map(|found| found.range()).find(|found| stays(found))?;
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
