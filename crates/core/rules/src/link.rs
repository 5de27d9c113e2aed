//! Links in what people write.

/// Most links of a message that are looked at.
pub const MOST: usize = 5;
/// Longest address that is looked at.
const LENGTH: usize = 2048;

/// The addresses in a text, each once, in their order: not those in code, behind a spoiler, or between `<` and `>`, which is
/// how people ask for no preview.
pub fn links(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '`' => {
                let run = rest.len() - rest.trim_start_matches('`').len();
                closed(rest, run, |after| code_end(after, run))
            }
            '|' if rest.starts_with("||") => closed(rest, 2, |after| after.find("||").map(|at| at + 2)),
            '<' if scheme(rest.get(1..).unwrap_or_default()) => closed(rest, 1, |after| {
                after.find(['>', '\n', ' ']).filter(|at| after.get(*at..).is_some_and(|end| end.starts_with('>')))
            }),
            'h' | 'H' if scheme(rest) => {
                let url = address(rest);
                if has_host(url) && url.len() <= LENGTH && !found.contains(&url) {
                    found.push(url);
                    if found.len() == MOST {
                        return found;
                    }
                }
                url.len().max(1)
            }
            other => other.len_utf8(),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    found
}

/// Bytes of what begins with a mark of so many, up to its end; the mark alone, if it has none.
fn closed(rest: &str, mark: usize, end: impl Fn(&str) -> Option<usize>) -> usize {
    rest.get(mark..).and_then(end).map_or(mark, |at| mark + at)
}

/// Where the same number of backticks ends code.
fn code_end(after: &str, run: usize) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = after.get(from..)?.find('`') {
        let begin = from + at;
        let tail = after.get(begin..)?;
        let length = tail.len() - tail.trim_start_matches('`').len();
        if length == run {
            return Some(begin + length);
        }
        from = begin + length;
    }
    None
}

fn scheme(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))
}

fn has_host(url: &str) -> bool {
    url.split_once("://")
        .is_some_and(|(_, after)| after.starts_with(|first: char| first.is_alphanumeric() || first == '['))
}

/// The address at the beginning of a text, without the sentence that it stands in.
fn address(text: &str) -> &str {
    let end = text.find(|one: char| one.is_whitespace() || one.is_control() || "<>\"`".contains(one));
    let mut url = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    if let Some(at) = url.find("||") {
        url = url.get(..at).unwrap_or_default();
    }
    loop {
        let Some(last) = url.chars().next_back() else { return url };
        let closes = |open: char, close: char| {
            last == close
                && url.chars().filter(|one| *one == close).count() > url.chars().filter(|one| *one == open).count()
        };
        let goes = ".,:;!?'*~|".contains(last) || closes('(', ')') || closes('[', ']');
        if !goes {
            return url;
        }
        url = url.get(..url.len() - last.len_utf8()).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_where_people_mean_them() {
        for (text, expected) in [
            ("https://a.example", &["https://a.example"][..]),
            (
                "see http://a.example/x?y=1#z, and HTTPS://b.example.",
                &["http://a.example/x?y=1#z", "HTTPS://b.example"],
            ),
            ("twice https://a.example https://a.example", &["https://a.example"]),
            ("(https://a.example/wiki/X_(Y))", &["https://a.example/wiki/X_(Y)"]),
            ("[words](https://a.example/x)", &["https://a.example/x"]),
            ("**https://a.example/x**", &["https://a.example/x"]),
            ("<https://a.example> https://b.example", &["https://b.example"]),
            ("<https://a.example and more", &["https://a.example"]),
            ("`https://a.example` https://b.example", &["https://b.example"]),
            ("```\nhttps://a.example\n``` https://b.example", &["https://b.example"]),
            ("``https://a.example ` x`` https://b.example", &["https://b.example"]),
            ("` https://b.example", &["https://b.example"]),
            ("||https://a.example|| https://b.example", &["https://b.example"]),
            ("|| https://b.example", &["https://b.example"]),
            ("grüße aus https://münchen.example/straße!", &["https://münchen.example/straße"]),
            ("http:// https://. ftp://a.example javascript:x", &[]),
            ("\\`https://a.example` x", &["https://a.example"]),
            ("\\", &[]),
            ("", &[]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn only_the_first_few_are_looked_at() {
        let text: String = (0..9).map(|number| format!("https://a.example/{number} ")).collect();
        assert_eq!(links(&text).len(), MOST);
        assert!(links(&format!("https://a.example/{}", "x".repeat(LENGTH))).is_empty());
    }
}
