//! What a page of the web says of itself, for a preview: Open Graph, Twitter's cards, or else its title and description.

use guildhall_wire::embed::{Embed, EmbedMedia, EmbedProvider};
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Token, Tokenizer};

/// Characters of a title.
const TITLE: usize = 256;
/// Characters of a description.
const DESCRIPTION: usize = 350;
/// Tags of a page that are looked at: what a page says of itself stands at its beginning.
const TAGS: usize = 20_000;

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Of the page.
    pub title: Option<String>,
    /// Of the page.
    pub description: Option<String>,
    /// Name of the site.
    pub site: Option<String>,
    /// 24-bit RGB.
    pub color: Option<u32>,
    /// Address of its picture, as it stands there: it may be relative.
    pub image: Option<String>,
    /// Address of its film, and its sides.
    pub video: Option<(String, Option<u32>, Option<u32>)>,
    /// Whether its picture is what matters.
    pub article: bool,
}

/// Reads a page, whole or cut off. Pages are in UTF-8, or nearly all of them: texts in something else are left out.
pub fn read(html: &[u8]) -> Page {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut said = Said::default();
    let mut title = None;
    let mut in_title = false;
    let mut tags = 0;
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                tags += 1;
                in_title = &*tag.name.0 == b"title" && title.is_none();
                let value = |name: &[u8]| tag.attributes.get(name).map(|value| text(&value.value));
                if &*tag.name.0 == b"meta"
                    && let (Some(name), Some(content)) =
                        (value(b"property").or_else(|| value(b"name")), value(b"content"))
                {
                    said.note(&name.trim().to_ascii_lowercase(), &content);
                }
                if tags > TAGS {
                    break;
                }
            }
            Token::String(words) if in_title => title = Some(text(&words.value)),
            Token::EndTag(_) => in_title = false,
            _ => {}
        }
    }
    said.page(title)
}

fn text(value: &HtmlString) -> String {
    String::from_utf8_lossy(&value.0).into_owned()
}

/// The names of what is read, the best first.
const NAMES: [&[&str]; 10] = [
    &["og:title", "twitter:title"],
    &["og:description", "twitter:description", "description"],
    &["og:site_name", "application-name"],
    &["theme-color"],
    &["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"],
    &["og:type"],
    &["twitter:card"],
    &["og:video:secure_url", "og:video", "og:video:url"],
    &["og:video:width"],
    &["og:video:height"],
];

/// For each of the names the best that was said, with its place in the list.
#[derive(Default)]
struct Said([Option<(usize, String)>; NAMES.len()]);

impl Said {
    fn note(&mut self, name: &str, content: &str) {
        let content = content.split_whitespace().collect::<Vec<_>>().join(" ");
        if content.is_empty() {
            return;
        }
        for (names, known) in NAMES.iter().zip(&mut self.0) {
            if let Some(rank) = names.iter().position(|one| *one == name)
                && known.as_ref().is_none_or(|(best, _)| rank < *best)
            {
                *known = Some((rank, content.clone()));
            }
        }
    }

    fn page(self, title: Option<String>) -> Page {
        let [named, description, site, color, image, kind, card, video, wide, high] =
            self.0.map(|known| known.map(|(_, content)| content));
        let title = named.or_else(|| title.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" ")));
        let side = |side: Option<String>| side.and_then(|side| side.parse().ok()).filter(|side| *side > 0);
        Page {
            title: title.and_then(|title| cut(title, TITLE)),
            description: description.and_then(|description| cut(description, DESCRIPTION)),
            site: site.and_then(|site| cut(site, TITLE)),
            color: color.and_then(|color| parse_color(&color)),
            article: kind.as_deref() == Some("article") || card.as_deref() == Some("summary_large_image"),
            video: video.map(|video| (video, side(wide), side(high))),
            image,
        }
    }
}

/// A text of at most so many characters; none, if it is empty or in letters that are not known.
fn cut(text: String, most: usize) -> Option<String> {
    if text.is_empty() || text.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    if text.chars().count() <= most {
        return Some(text);
    }
    let begin: String = text.chars().take(most - 1).collect();
    Some(format!("{}…", begin.trim_end()))
}

/// `#rrggbb` and `#rgb`; names and functions are left out.
fn parse_color(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    match digits.len() {
        6 => u32::from_str_radix(digits, 16).ok(),
        3 => u32::from_str_radix(&digits.chars().flat_map(|digit| [digit, digit]).collect::<String>(), 16).ok(),
        _ => None,
    }
}

impl Page {
    /// The card of the page at an address, if it says anything. Picture and film are their whole addresses.
    pub fn card(self, url: &str, picture: Option<EmbedMedia>, film: Option<EmbedMedia>) -> Option<Embed> {
        if self.title.is_none() && self.description.is_none() && picture.is_none() {
            return None;
        }
        let kind = match () {
            () if film.is_some() => "video",
            () if self.article => "article",
            () => "link",
        };
        Some(Embed {
            kind: kind.into(),
            url: Some(url.to_owned()),
            title: self.title,
            description: self.description,
            color: self.color,
            provider: self.site.map(|name| EmbedProvider { name: Some(name), url: None }),
            thumbnail: picture,
            video: film,
            ..Embed::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_it_is() {
        let page = read(
            br##"<!doctype html><html><head><meta charset=utf-8><title>Plain</title>
            <meta name="description" content="Plain words">
            <meta property='og:title' content='Caf&eacute; &amp; &#x201c;tea&quot;'>
            <META PROPERTY="OG:DESCRIPTION" CONTENT="  One
              two  ">
            <meta property="og:site_name" content="Town"><meta name="theme-color" content="#08f">
            <meta name="twitter:image" content="/later.png"><meta property="og:image" content="/a.png?x=1&amp;y=2">
            <meta name="twitter:card" content="summary_large_image"></head><body><title>No</title>"##,
        );
        let expected = Page {
            title: Some("Caf\u{e9} & \u{201c}tea\"".to_owned()),
            description: Some("One two".to_owned()),
            site: Some("Town".to_owned()),
            color: Some(0x00_88ff),
            image: Some("/a.png?x=1&y=2".to_owned()),
            video: None,
            article: true,
        };
        assert_eq!(page, expected);
    }

    #[test]
    fn a_page_that_says_little_has_its_title() {
        let page = read(b"<title>\n  A &lt;b&gt; c </title><script>'<meta property=og:title content=no>'</script>");
        assert_eq!(page, Page { title: Some("A <b> c".to_owned()), ..Page::default() });
        for nothing in ["", "no page", "<title></title>", "<meta property=og:title>", "<meta content=x>", "<meta na"] {
            assert_eq!(read(nothing.as_bytes()), Page::default(), "{nothing}");
            assert_eq!(read(nothing.as_bytes()).card("https://a.example", None, None), None);
        }
        // In Latin-1: its title cannot be read, and is left out.
        assert_eq!(read(b"<title>Gr\xfc\xdfe</title>"), Page::default());
    }

    #[test]
    fn long_texts_are_cut() {
        let html =
            format!("<title>{}</title><meta name=description content='{}'>", "t".repeat(999), "\u{e9}".repeat(999));
        let page = read(html.as_bytes());
        assert_eq!(page.title.unwrap_or_default().chars().count(), TITLE);
        let description = page.description.unwrap_or_default();
        assert!(description.ends_with('\u{2026}') && description.chars().count() == DESCRIPTION);
    }

    #[test]
    fn colours_are_hexadecimal() {
        for (text, expected) in [
            ("#123456", Some(0x12_3456)),
            ("#FFF", Some(0xff_ffff)),
            ("red", None),
            ("#12345", None),
            ("#+12345", None),
            ("rgb(0, 0, 0)", None),
        ] {
            assert_eq!(parse_color(text), expected, "{text}");
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        let kind = |html: &str, film: bool| {
            let card = read(html.as_bytes()).card("https://a.example", None, film.then(EmbedMedia::default));
            card.map(|card| card.kind).unwrap_or_default()
        };
        assert_eq!(kind("<title>x</title>", false), "link");
        assert_eq!(kind("<title>x</title><meta property=og:type content=article>", false), "article");
        assert_eq!(kind("<title>x</title>", true), "video");
    }
}
