//! What a person types, as an expression of each engine's index. Only letters and digits go into it, between quotes of ours:
//! whatever is typed, it never is syntax.

use std::borrow::Cow;

use guildhall_db::{Engine, fold};
use guildhall_wire::id::{ChannelMarker, Id, UserMarker};

/// As many words count; the rest is passed over.
const MOST: usize = 16;
/// Shorter words must match as a whole, longer ones may be the beginning of a word.
const PREFIX: usize = 3;

/// Words that stand beside each other.
#[derive(Debug, PartialEq, Eq)]
struct Phrase<'a> {
    words: Vec<&'a str>,
    /// Whether the last one may be the beginning of a word.
    prefix: bool,
}

/// Words and `"quoted phrases"` of a text.
fn phrases(text: &str) -> Vec<Phrase<'_>> {
    let mut phrases = Vec::new();
    let mut left = MOST;
    for (index, part) in text.split('"').enumerate() {
        let quoted = index % 2 == 1;
        let pieces: Vec<&str> = if quoted { vec![part] } else { part.split_whitespace().collect() };
        for piece in pieces {
            let words: Vec<_> =
                piece.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).take(left).collect();
            left -= words.len();
            if let Some(last) = words.last() {
                let prefix = !quoted && last.chars().count() >= PREFIX;
                phrases.push(Phrase { words, prefix });
            }
        }
    }
    phrases
}

/// The expression that finds a text, all of it; nothing where no word is in it. With `slop`, each word stands within so many
/// others of the next one.
pub(super) fn expression(engine: Engine, text: &str, slop: Option<u32>) -> Option<String> {
    // SQLite's index takes accents off by itself.
    let text: Cow<'_, str> = match engine {
        Engine::Sqlite => Cow::Borrowed(text),
        Engine::Postgres => Cow::Owned(fold(text)),
    };
    let phrases = phrases(&text);
    if phrases.is_empty() {
        return None;
    }
    let (phrase, and): (fn(&Phrase<'_>) -> String, _) = match engine {
        Engine::Sqlite => (sqlite, " AND "),
        Engine::Postgres => (postgres, " & "),
    };
    let mut all: Vec<String> = phrases.iter().map(phrase).collect();
    if let Some(slop) = slop {
        let words: Vec<&str> = phrases.iter().flat_map(|phrase| phrase.words.iter().copied()).collect();
        let pairs =
            words.iter().zip(words.iter().skip(1)).filter(|(one, next)| one.to_lowercase() != next.to_lowercase());
        all.extend(pairs.map(|(one, next)| match engine {
            Engine::Sqlite => format!("NEAR(\"{one}\" \"{next}\", {slop})"),
            Engine::Postgres => {
                let ways = (1..=slop + 1).map(|step| format!("'{one}' <{step}> '{next}' | '{next}' <{step}> '{one}'"));
                format!("({})", ways.collect::<Vec<_>>().join(" | "))
            }
        }));
    }
    Some(all.join(and))
}

/// The same for SQLite's index, only in some channels and by some authors; no channels or authors are all of them.
pub(super) fn within(expression: &str, channels: &[Id<ChannelMarker>], authors: &[Id<UserMarker>]) -> String {
    let any = |column: &str, ids: Vec<String>| {
        let list = ids.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(" OR ");
        if ids.is_empty() { String::new() } else { format!(" AND {column} : ({list})") }
    };
    let channels = any("channel_id", channels.iter().map(ToString::to_string).collect());
    let authors = any("author_id", authors.iter().map(ToString::to_string).collect());
    format!("content : ({expression}){channels}{authors}")
}

fn sqlite(phrase: &Phrase<'_>) -> String {
    format!("\"{}\"{}", phrase.words.join(" "), if phrase.prefix { " *" } else { "" })
}

fn postgres(phrase: &Phrase<'_>) -> String {
    let words: Vec<_> = phrase.words.iter().map(|word| format!("'{word}'")).collect();
    format!("({}{})", words.join(" <-> "), if phrase.prefix { ":*" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, sqlite: Option<&str>, postgres: Option<&str>) {
        assert_eq!(expression(Engine::Sqlite, text, None).as_deref(), sqlite, "{text}");
        assert_eq!(expression(Engine::Postgres, text, None).as_deref(), postgres, "{text}");
    }

    #[test]
    fn nothing_typed_is_syntax() {
        check("hello at", Some("\"hello\" * AND \"at\""), Some("('hello':*) & ('at')"));
        check("\"red apple\"", Some("\"red apple\""), Some("('red' <-> 'apple')"));
        check("a:b* OR \"", Some("\"a b\" AND \"OR\""), Some("('a' <-> 'b') & ('or')"));
        check("x') | !'y", Some("\"x\" AND \"y\""), Some("('x') & ('y')"));
        check("NEAR(a b)", Some("\"NEAR a\" AND \"b\""), Some("('near' <-> 'a') & ('b')"));
        check("\"); DROP TABLE users; --", Some("\"DROP TABLE users\""), Some("('drop' <-> 'table' <-> 'users')"));
        check("!? \"\" *", None, None);
        check("naïve", Some("\"naïve\" *"), Some("('naive':*)"));
    }

    #[test]
    fn words_are_counted() {
        let text = "ab ".repeat(1000);
        assert_eq!(phrases(&text).len(), MOST);
    }

    #[test]
    fn slop_brings_words_together() {
        let near = expression(Engine::Sqlite, "aa bb bb", Some(1));
        assert_eq!(near.as_deref(), Some("\"aa\" AND \"bb\" AND \"bb\" AND NEAR(\"aa\" \"bb\", 1)"));
        let near = expression(Engine::Postgres, "aa bb", Some(0));
        assert_eq!(near.as_deref(), Some("('aa') & ('bb') & ('aa' <1> 'bb' | 'bb' <1> 'aa')"));
    }
}
