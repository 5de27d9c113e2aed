//! Texts in one case, for finding them in any.

/// A text in lower case, letter by letter, whatever stands around a letter: what a text begins with, its folded text begins with
/// folded.
///
/// SQL has it as `fold(text)`: SQLite from here, PostgreSQL by a migration of whoever uses it.
pub fn fold(text: &str) -> String {
    // A sigma at the end of a word is the same letter as within.
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_letters_of_all_alphabets() {
        for (text, want) in [
            ("Plain 1", "plain 1"),
            ("École", "école"),
            ("ПРИВЕТ", "привет"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("", ""),
        ] {
            assert_eq!(fold(text), want);
        }
        assert!(fold("ΟΔΟΣΑ").starts_with(&fold("ΟΔΟΣ")));
    }
}
