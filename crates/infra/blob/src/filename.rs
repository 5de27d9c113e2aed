//! Names of files, as people gave them and as others get them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest name, in bytes: what file systems take.
const MAX_BYTES: usize = 255;
/// Longest ending that is kept when a name is shortened.
const MAX_EXTENSION_BYTES: usize = 32;
/// What stands for itself in an extended header parameter (RFC 5987) and in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Makes a name safe to save under anywhere, and keeps its letters: separators, control characters, marks that change the
/// direction of writing (`exe.gpj` read backwards) and leading dots go, as do ends that Windows drops.
pub(crate) fn clean(name: &str) -> String {
    let kept = name.chars().filter(|c| !is_hidden(*c)).map(|c| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}'
        | '\u{ff3c}' => '_',
        c if c.is_whitespace() => ' ',
        c => c,
    });
    let name: String = kept.collect();
    let name = name.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    if name.is_empty() { "file".into() } else { shorten(name) }
}

/// A name as a value of `Content-Disposition` (RFC 6266): plain letters for old readers, all of it for the others.
pub(crate) fn parameters(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c == ' ' || c.is_ascii_graphic() && !"\"\\%".contains(c) { c } else { '_' }).collect();
    let mut text = format!("filename=\"{plain}\"");
    if plain != name {
        text.push_str("; filename*=UTF-8''");
        text.push_str(&encode(name));
    }
    text
}

/// A name as a part of a path.
pub(crate) fn encode(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}')
}

fn shorten(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.into();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() < MAX_EXTENSION_BYTES => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let end = stem.floor_char_boundary(MAX_BYTES.saturating_sub(extension.len()));
    format!("{}{extension}", stem.get(..end).unwrap_or_default().trim_end_matches([' ', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        let long = "ф".repeat(200);
        for (name, expected) in [
            ("cat.png", "cat.png"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\Users\\a.txt", "C__Users_a.txt"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("line\r\nbreak\0.txt", "linebreak.txt"),
            (".htaccess", "htaccess"),
            ("...", "file"),
            ("", "file"),
            ("  trailing. . ", "trailing"),
            ("résumé 日本語 👩‍👩‍👧.pdf", "résumé 日本語 👩‍👩‍👧.pdf"),
            (&format!("{long}.tar.gz"), &format!("{}.gz", "ф".repeat(126))),
        ] {
            assert_eq!(clean(name), expected, "{name:?}");
            assert!(clean(name).len() <= 255);
        }
    }

    #[test]
    fn names_go_into_a_header() {
        for (name, expected) in [
            ("cat.png", "filename=\"cat.png\""),
            ("a cat.png", "filename=\"a cat.png\""),
            ("naïve.txt", "filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
            ("100%.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
            ("a\"b.txt", "filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
        ] {
            assert_eq!(parameters(name), expected);
        }
    }
}
