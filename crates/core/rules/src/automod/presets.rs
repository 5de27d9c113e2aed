//! The word lists that come with the server.

use guildhall_wire::automod::preset;

const LISTS: &str = include_str!("presets.txt");

/// The words of some lists, by their numbers.
pub(super) fn words(numbers: &[u8]) -> Vec<&'static str> {
    let mut wanted = false;
    let chosen = LISTS.lines().map(str::trim).filter(move |line| {
        if let Some(name) = line.strip_prefix('[') {
            wanted = number(name.trim_end_matches(']')).is_some_and(|number| numbers.contains(&number));
            return false;
        }
        wanted && !line.is_empty() && !line.starts_with('#')
    });
    chosen.collect()
}

fn number(name: &str) -> Option<u8> {
    match name {
        "profanity" => Some(preset::PROFANITY),
        "sexual_content" => Some(preset::SEXUAL_CONTENT),
        "slurs" => Some(preset::SLURS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_has_words() {
        for number in [preset::PROFANITY, preset::SEXUAL_CONTENT, preset::SLURS] {
            assert!(words(&[number]).len() > 20, "{number}");
        }
        assert_eq!(words(&[1, 2, 3]).len(), (1..=3).map(|number| words(&[number]).len()).sum::<usize>());
        assert_eq!(words(&[4]).len(), 0);
    }
}
