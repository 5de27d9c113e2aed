//! What a file is, by its first bytes; what is refused; what a browser may show.
//!
//! Refused, whatever they are called: programs for Windows, Linux and macOS, Java classes and Android code, Windows files
//! that run something when they are opened, and documents of Microsoft Office and OpenDocument with macros. Scripts are text, and kept: people who
//! write programs show them to each other. They, like HTML, SVG and XML, are only ever served as downloads of plain text.

use crate::error::{Error, Result};

/// How many bytes decide what a file is.
pub(crate) const HEAD_BYTES: usize = 8192;

/// Files that do something when they are opened on Windows, and that nobody shares for reading.
const FORBIDDEN_EXTENSIONS: &[&str] = &[
    "exe",
    "dll",
    "scr",
    "pif",
    "com",
    "cpl",
    "sys",
    "drv",
    "ocx",
    "msi",
    "msp",
    "mst",
    "hta",
    "lnk",
    "scf",
    "application",
    "docm",
    "dotm",
    "xlsm",
    "xltm",
    "xlam",
    "pptm",
    "potm",
    "ppsm",
    "ppam",
    "sldm",
];

/// What a browser may show, rather than offer for download: pixels and sound, nothing that runs or refers elsewhere.
const INLINE: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "video/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/ogg",
    "audio/wav",
    "audio/flac",
    "audio/webm",
];

/// What is saved under its own type, so that the right program opens it; all else is just bytes.
const SAVED: &[&str] = &[
    "application/pdf",
    "application/rtf",
    "application/zip",
    "application/gzip",
    "application/x-tar",
    "application/x-bzip2",
    "application/x-xz",
    "application/zstd",
    "application/x-7z-compressed",
    "application/vnd.rar",
    "application/epub+zip",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
];

/// Kinds of files that are told apart when a name or a sender makes a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Stills and animations.
    Image,
    /// Sound and moving pictures: containers hold either.
    Media,
    /// Anything that reads as text, and what is made of it.
    Text,
    /// PDF and Office.
    Document,
    /// Compressed files.
    Archive,
    /// Known, and of no concern here.
    Other,
    /// Not recognised.
    Unknown,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    /// Media type, for people and clients to read; what it is served as is another matter.
    pub(crate) mime: &'static str,
    pub(crate) family: Family,
}

/// Says what a file is by its first bytes; the name only tells one kind of text from another.
pub(crate) fn sniff(head: &[u8], filename: &str) -> Type {
    let extension = extension(filename);
    if let Some(kind) = printed(head) {
        return kind;
    }
    if is_text(head) {
        return Type { mime: text_type(head, &extension), family: Family::Text };
    }
    if let Some(found) = infer::get(head) {
        let mime = standard(found.mime_type());
        let family = match found.matcher_type() {
            infer::MatcherType::Image => Family::Image,
            infer::MatcherType::Video | infer::MatcherType::Audio => Family::Media,
            infer::MatcherType::Doc | infer::MatcherType::Book => Family::Document,
            infer::MatcherType::Archive if mime == "application/pdf" || mime == "application/rtf" => Family::Document,
            infer::MatcherType::Archive => Family::Archive,
            // Two bytes decide some of these; they are not worth believing.
            infer::MatcherType::App | infer::MatcherType::Text | infer::MatcherType::Custom => Family::Unknown,
            infer::MatcherType::Font => Family::Other,
        };
        if family != Family::Unknown {
            return Type { mime, family };
        }
    }
    // Matroska and WebM say which they are in their first element, of any shape.
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        let webm = contains(head.get(..256).unwrap_or(head), b"webm");
        return Type { mime: if webm { "video/webm" } else { "video/x-matroska" }, family: Family::Media };
    }
    // Frames of MP3 without a tag before them.
    if extension == "mp3" && matches!(head, [0xff, 0xfa | 0xfb | 0xf2 | 0xf3 | 0xe2 | 0xe3, ..]) {
        return Type { mime: "audio/mpeg", family: Family::Media };
    }
    Type { mime: "application/octet-stream", family: Family::Unknown }
}

/// Says what a file is, or why it is refused.
pub(crate) fn check(head: &[u8], filename: &str, declared: Option<&str>) -> Result<Type> {
    let extension = extension(filename);
    if is_program(head) || FORBIDDEN_EXTENSIONS.contains(&extension.as_str()) {
        return Err(Error::ForbiddenType);
    }
    let found = sniff(head, filename);
    let claims = [claimed_by_extension(&extension), declared.and_then(claimed_by_type)];
    if claims.into_iter().flatten().all(|claim| holds(claim, found)) { Ok(found) } else { Err(Error::TypeMismatch) }
}

/// How macros are called in a document that may hold some; nothing for what is none.
pub(crate) fn macro_markers(head: &[u8], kind: Type) -> &'static [&'static [u8]] {
    /// `_VBA_PROJECT`, as an OLE directory writes it.
    const OLE: &[u8] = b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0";
    /// The libraries of an OpenDocument, which are found in it whatever stands at its beginning.
    const LIBRARIES: &[u8] = b"Basic/script-lc.xml";
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return &[OLE];
    }
    if !head.starts_with(b"PK\x03\x04") {
        return &[];
    }
    if contains(head, b"application/vnd.oasis.opendocument.") {
        return &[LIBRARIES, b"Basic/", b"Scripts/"];
    }
    if kind.family == Family::Document || contains(head, b"[Content_Types].xml") {
        return &[b"vbaProject.bin", LIBRARIES];
    }
    &[LIBRARIES]
}

/// As what a file is served, and whether a browser may show it.
pub(crate) fn serving(kind: Type) -> (&'static str, bool) {
    if INLINE.contains(&kind.mime) {
        return (kind.mime, true);
    }
    // Markup and scripts too: as plain text nothing of it runs.
    if kind.family == Family::Text {
        return ("text/plain; charset=utf-8", false);
    }
    let harmless =
        SAVED.contains(&kind.mime) || ["image/", "video/", "audio/"].iter().any(|group| kind.mime.starts_with(group));
    (if harmless { kind.mime } else { "application/octet-stream" }, false)
}

/// The letters after the last dot, in lower case.
fn extension(filename: &str) -> String {
    filename.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
}

/// Files for people that may well be nothing but letters, and are not text.
fn printed(head: &[u8]) -> Option<Type> {
    let mime = match head {
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [b'{', b'\\', b'r', b't', b'f', ..] => "application/rtf",
        [b'%', b'!', b'P', b'S', ..] => "application/postscript",
        _ => return None,
    };
    Some(Type { mime, family: Family::Document })
}

/// UTF-8 without what text has no use for. The last character may be cut off.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
}

/// Programs, by their magic numbers.
fn is_program(head: &[u8]) -> bool {
    match head {
        // "MZ" may begin a word; a program's header is not text.
        [b'M' | b'Z', b'Z' | b'M', ..] => !is_text(head),
        [0x7f, b'E', b'L', b'F', ..]
        // Mach-O in both orders and widths, and for several processors; the last is Java's as well.
        | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
        | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
        | [0xbe | 0xbf, 0xba, 0xfe, 0xca, ..]
        | [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..]
        // Android.
        | [b'd', b'e', b'x' | b'y', b'\n', b'0', ..]
        // A Windows shortcut.
        | [0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0, ..] => true,
        _ => false,
    }
}

fn text_type(head: &[u8], extension: &str) -> &'static str {
    let lower = head.to_ascii_lowercase();
    let start = lower.trim_ascii_start();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if start.starts_with(b"<") {
        if contains(start, b"<svg") {
            return "image/svg+xml";
        }
        if contains(start, b"<html")
            || contains(start, b"<script")
            || contains(start, b"<body")
            || infer::text::is_html(start)
        {
            return "text/html";
        }
        if start.starts_with(b"<?xml") {
            return "text/xml";
        }
    }
    // Some of what the list says of an extension is not text at all: `.ts` is video there.
    mime_guess::from_ext(extension)
        .iter_raw()
        .find(|mime| {
            mime.starts_with("text/")
                || [
                    "application/json",
                    "application/xml",
                    "application/javascript",
                    "application/toml",
                    "image/svg+xml",
                ]
                .contains(mime)
        })
        .unwrap_or("text/plain")
}

/// One name for what goes by several.
fn standard(mime: &'static str) -> &'static str {
    match mime {
        "audio/x-wav" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        "audio/x-aiff" => "audio/aiff",
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "audio/opus" => "audio/ogg",
        "video/x-m4v" => "video/mp4",
        mime => mime,
    }
}

fn claimed_by_extension(extension: &str) -> Option<Family> {
    Some(match extension {
        "png" | "apng" | "jpg" | "jpeg" | "jfif" | "gif" | "webp" | "bmp" | "avif" | "heic" | "heif" | "tif"
        | "tiff" => Family::Image,
        "mp4" | "m4v" | "mov" | "webm" | "mkv" | "avi" | "mp3" | "m4a" | "aac" | "ogg" | "oga" | "ogv" | "opus"
        | "wav" | "flac" => Family::Media,
        "pdf" => Family::Document,
        "zip" | "7z" | "rar" | "gz" | "tgz" | "bz2" | "xz" | "zst" => Family::Archive,
        _ => return None,
    })
}

fn claimed_by_type(declared: &str) -> Option<Family> {
    let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match declared.as_str() {
        "image/svg+xml" | "application/octet-stream" => None,
        "application/pdf" => Some(Family::Document),
        other if other.starts_with("image/") => Some(Family::Image),
        other if other.starts_with("video/") || other.starts_with("audio/") => Some(Family::Media),
        _ => None,
    }
}

/// Whether a file is what it is said to be. One image format under another's name is no harm; that it is an image at
/// all must be seen. Sound, films and archives come in formats that are not recognised here.
fn holds(claim: Family, found: Type) -> bool {
    match claim {
        Family::Image => found.family == Family::Image,
        _ => found.family == claim || matches!(found.family, Family::Unknown | Family::Other),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|bytes| bytes == needle)
}
