//! `multipart/form-data` without I/O: a body's bytes in as they come, its parts out, whatever the pieces.
//!
//! Nothing is kept but a part's head, which is bounded, and as many bytes as a boundary has.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

/// Largest head of a part, in bytes.
pub const HEAD_BYTES: usize = 8 * 1024;
/// Most parts of a body.
pub const PARTS: usize = 64;
/// Longest boundary, in bytes (RFC 2046).
pub const BOUNDARY_BYTES: usize = 70;

/// What a part says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Name of the field.
    pub name: String,
    /// Name of the file, if it is one.
    pub filename: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
}

/// What comes next in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A part begins.
    Part(Head),
    /// More of the part's content.
    Content(Bytes),
    /// The part is complete.
    End,
}

/// Why a body cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// It is not of the form that it says.
    #[error("read a part")]
    Malformed,
    /// A part's head is too large.
    #[error("keep a part's head")]
    HeadTooLarge,
    /// There are too many parts.
    #[error("count the parts")]
    TooManyParts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first boundary.
    Preamble,
    /// Directly after a boundary.
    Boundary,
    Head,
    Content,
    /// At the boundary after a content.
    End,
    /// After the last boundary: whatever follows means nothing.
    Over,
}

/// Turns bytes into parts.
#[derive(Debug)]
pub struct Decoder {
    finder: memmem::Finder<'static>,
    buffer: BytesMut,
    state: State,
    parts: usize,
}

impl Decoder {
    /// For a body with this `Content-Type`, if that has a boundary.
    pub fn new(content_type: &str) -> Option<Self> {
        let (kind, parameters) = content_type.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary =
            Parameters(parameters).find_map(|(name, value)| name.eq_ignore_ascii_case("boundary").then_some(value))?;
        if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES {
            return None;
        }
        let finder = memmem::Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        // The first boundary stands at the very beginning, as if a line had ended there.
        Some(Self { finder, buffer: BytesMut::from(&b"\r\n"[..]), state: State::Preamble, parts: 0 })
    }

    /// Takes bytes as they come; [`Decoder::next`] has what they complete.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.state != State::Over {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// What the bytes so far tell. After the last, see [`Decoder::finish`].
    ///
    /// # Errors
    /// When the body breaks the rules, or is larger than it may be.
    #[expect(clippy::should_implement_trait, reason = "`None` is not its end")]
    pub fn next(&mut self) -> Result<Option<Event>, Violation> {
        loop {
            match self.state {
                State::Preamble => match self.finder.find(&self.buffer) {
                    Some(at) => self.pass(at),
                    None => {
                        self.certain();
                        return Ok(None);
                    }
                },
                State::Boundary => match self.after_boundary()? {
                    Some(state) => self.state = state,
                    None => return Ok(None),
                },
                State::Head => return Ok(self.head()?.map(Event::Part)),
                State::Content => {
                    let content = match self.finder.find(&self.buffer) {
                        Some(at) => {
                            let content = self.buffer.split_to(at);
                            self.state = State::End;
                            content
                        }
                        None => self.certain(),
                    };
                    if !content.is_empty() {
                        return Ok(Some(Event::Content(content.freeze())));
                    }
                    if self.state == State::Content {
                        return Ok(None);
                    }
                }
                State::End => {
                    self.pass(0);
                    return Ok(Some(Event::End));
                }
                State::Over => return Ok(None),
            }
        }
    }

    /// Whether the body was complete.
    ///
    /// # Errors
    /// When it ended in the middle.
    pub fn finish(&self) -> Result<(), Violation> {
        if self.state == State::Over { Ok(()) } else { Err(Violation::Malformed) }
    }

    /// Goes behind the boundary that stands there.
    fn pass(&mut self, at: usize) {
        self.buffer.advance(at + self.finder.needle().len());
        self.state = State::Boundary;
    }

    /// Takes the bytes that no boundary can begin in.
    fn certain(&mut self) -> BytesMut {
        let kept = self.finder.needle().len() - 1;
        self.buffer.split_to(self.buffer.len().saturating_sub(kept))
    }

    /// A boundary's line ends, or two dashes end the body.
    fn after_boundary(&mut self) -> Result<Option<State>, Violation> {
        let padding = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.buffer.advance(padding);
        match self.buffer.first_chunk() {
            None => Ok(None),
            Some(b"--") => {
                self.buffer = BytesMut::new();
                Ok(Some(State::Over))
            }
            Some(b"\r\n") if self.parts < PARTS => {
                self.parts += 1;
                self.buffer.advance(2);
                Ok(Some(State::Head))
            }
            Some(b"\r\n") => Err(Violation::TooManyParts),
            Some(_) => Err(Violation::Malformed),
        }
    }

    fn head(&mut self) -> Result<Option<Head>, Violation> {
        // Without lines there is an empty one all the same.
        let (end, skipped) =
            if self.buffer.starts_with(b"\r\n") { (Some(0), 2) } else { (memmem::find(&self.buffer, b"\r\n\r\n"), 4) };
        match end {
            Some(end) if end <= HEAD_BYTES => {
                let head = self.buffer.split_to(end);
                self.buffer.advance(skipped);
                self.state = State::Content;
                Head::read(&head).map(Some)
            }
            None if self.buffer.len() <= HEAD_BYTES => Ok(None),
            _ => Err(Violation::HeadTooLarge),
        }
    }
}

impl Head {
    fn read(bytes: &[u8]) -> Result<Self, Violation> {
        let text = std::str::from_utf8(bytes).map_err(|_| Violation::Malformed)?;
        let mut head = Self::default();
        let mut named = false;
        for line in text.split("\r\n").filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(Violation::Malformed)?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-type") {
                head.content_type = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("content-disposition") {
                let (kind, parameters) = value.split_once(';').ok_or(Violation::Malformed)?;
                if !kind.trim().eq_ignore_ascii_case("form-data") {
                    return Err(Violation::Malformed);
                }
                named = head.describe(parameters);
            }
        }
        if named { Ok(head) } else { Err(Violation::Malformed) }
    }

    /// Takes name and file name; whether there was a name.
    fn describe(&mut self, parameters: &str) -> bool {
        let (mut named, mut extended) = (false, false);
        for (name, value) in Parameters(parameters) {
            if name.eq_ignore_ascii_case("name") {
                self.name = value;
                named = true;
            } else if name.eq_ignore_ascii_case("filename") && !extended {
                self.filename = Some(value);
            } else if name.eq_ignore_ascii_case("filename*") {
                // RFC 5987, which Python's libraries use for what is not ASCII.
                if let Some(value) = decoded(&value) {
                    self.filename = Some(value);
                    extended = true;
                }
            }
        }
        named
    }
}

/// `UTF-8''gr%C3%B6%C3%9Fe.txt`.
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

/// `; name="value"; other=value`, one by one. What cannot be read ends it.
struct Parameters<'a>(&'a str);

impl Iterator for Parameters<'_> {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches([' ', '\t', ';', '\r', '\n']);
        let (name, rest) = rest.split_once('=')?;
        let name = name.trim().to_owned();
        let Some(quoted) = rest.strip_prefix('"') else {
            let (value, rest) = rest.split_once(';').unwrap_or((rest, ""));
            self.0 = rest;
            return Some((name, value.trim().to_owned()));
        };
        let mut value = String::new();
        let mut letters = quoted.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.0 = quoted.get(at + 1..).unwrap_or_default();
                    return Some((name, value));
                }
                // Browsers do not quote with it, but write paths of Windows with it.
                '\\' if quoted.get(at + 1..).is_some_and(|rest| rest.starts_with(['"', '\\'])) => {
                    value.extend(letters.next().map(|(_, letter)| letter));
                }
                letter => value.push(letter),
            }
        }
        self.0 = "";
        None
    }
}

#[cfg(test)]
mod tests;
