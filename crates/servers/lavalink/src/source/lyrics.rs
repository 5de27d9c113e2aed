//! Words of songs: LRC beside a file, or what its tags hold: synchronised ones of ID3 (SYLT) first, then those without times.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use lofty::config::ParseOptions;
use lofty::file::{TaggedFile, TaggedFileExt};
use lofty::id3::v2::{Frame, Id3v2Tag, SyncTextContentType, SynchronizedTextFrame, TimestampFormat};
use lofty::probe::Probe;
use lofty::tag::{ItemKey, TagType};

use crate::wire::{Line, Lyrics};

/// Longest text.
const MOST_BYTES: u64 = 256 * 1024;
/// Longest text that is told, in letters.
const MOST_TEXT: usize = 100_000;
/// Most lines that have a time.
const MOST_LINES: usize = 5000;

/// Longest line, in letters.
const MOST_LETTERS: usize = 500;

/// The words of a file of a source.
pub(super) fn of_file(source: &str, file: &Path, beside: Option<&Path>) -> Option<Lyrics> {
    if let Some(text) = beside.and_then(text_of) {
        return Some(of_text(source, source, &text));
    }
    let options = ParseOptions::new().read_cover_art(false).read_properties(false);
    let file =
        std::panic::catch_unwind(|| Probe::open(file).ok()?.guess_file_type().ok()?.options(options).read().ok())
            .ok()??;
    match std::panic::catch_unwind(|| synchronised(&file)).ok().flatten() {
        Some(lines) => Some(of_lines(source, source, lines)),
        None => Some(of_text(source, source, &tagged(&file)?)),
    }
}

/// Words as they are written, LRC or without times.
pub(super) fn of_text(source: &str, provider: &str, text: &str) -> Lyrics {
    let lines = lrc(text);
    if !lines.is_empty() {
        return of_lines(source, provider, lines);
    }
    let text = text.trim().chars().take(MOST_TEXT).collect();
    let (source_name, provider) = (source.to_owned(), provider.to_owned());
    Lyrics { source_name, provider, text: Some(text), ..Lyrics::default() }
}

fn of_lines(source: &str, provider: &str, lines: Vec<Line>) -> Lyrics {
    let text = lines.iter().map(|line| line.line.as_str()).collect::<Vec<_>>().join("\n");
    let (source_name, provider) = (source.to_owned(), provider.to_owned());
    Lyrics { source_name, provider, text: Some(text), lines, ..Lyrics::default() }
}

fn text_of(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned()).filter(|text| !text.is_empty())
}

/// Words without times, as every format has them in its way.
fn tagged(file: &TaggedFile) -> Option<String> {
    let words = |key| file.tags().iter().find_map(|tag| tag.get_string(key).map(str::to_owned));
    let text = words(ItemKey::Lyrics).or_else(|| words(ItemKey::UnsyncLyrics))?;
    (!text.trim().is_empty()).then(|| text.chars().take(MOST_TEXT).collect())
}

/// Lines with their times: `[01:23.45]words`, a line that comes again with several times.
fn lrc(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut offset = 0;
    for line in text.lines().map(str::trim) {
        let (mut rest, mut times) = (line, Vec::new());
        while let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            if let Some(milliseconds) = inside.strip_prefix("offset:") {
                offset = milliseconds.trim().parse::<i64>().unwrap_or_default().clamp(-600_000, 600_000);
            }
            times.extend(time(inside));
            rest = after;
        }
        let words: String = rest.trim().chars().take(MOST_LETTERS).collect();
        for timestamp in times {
            if lines.len() < MOST_LINES {
                lines.push(Line { timestamp, line: words.clone(), ..Line::default() });
            }
        }
    }
    for line in &mut lines {
        line.timestamp = (line.timestamp - offset).max(0);
    }
    timed(lines)
}

/// In their order, each with how long it is sung: until the next.
fn timed(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by_key(|line| line.timestamp);
    let ends: Vec<i64> = lines.iter().skip(1).map(|line| line.timestamp).collect();
    for (line, end) in lines.iter_mut().zip(ends) {
        line.duration = Some(end - line.timestamp);
    }
    lines
}

/// Words with their times, as ID3 has them (SYLT): lyrics before anything else that is spoken. Times in frames of MPEG are not
/// understood.
fn synchronised(file: &TaggedFile) -> Option<Vec<Line>> {
    let tag = Id3v2Tag::from(file.tag(TagType::Id3v2)?.clone());
    let mut found: Vec<SynchronizedTextFrame<'_>> = tag
        .into_iter()
        .filter_map(|frame| match &frame {
            Frame::Binary(binary) if frame.id_str() == "SYLT" => {
                SynchronizedTextFrame::parse(&binary.data, frame.flags()).ok()
            }
            _ => None,
        })
        .filter(|frame| frame.timestamp_format == TimestampFormat::MS && !frame.content.is_empty())
        .collect();
    let rank = |kind| match kind {
        SyncTextContentType::Lyrics => Some(0),
        SyncTextContentType::TextTranscription => Some(1),
        _ => None,
    };
    found.retain(|frame| rank(frame.content_type).is_some());
    found.sort_by_key(|frame| rank(frame.content_type));
    let lines = lines_of(found.into_iter().next()?.content);
    (!lines.is_empty()).then_some(lines)
}

/// Lines of what is sung: some write a line at a time, others syllables, of which the first of a line begins with its break.
fn lines_of(content: Vec<(u32, String)>) -> Vec<Line> {
    let broken = content.iter().any(|(_, text)| text.contains('\n'));
    let mut lines: Vec<Line> = Vec::new();
    for (timestamp, text) in content {
        let text = text.replace('\r', "");
        let fresh = !broken || lines.is_empty() || text.starts_with('\n');
        // A break behind a syllable is the next one's, as some write it.
        let ended = lines.last().is_some_and(|line| line.line.ends_with('\n'));
        let full = lines.len() >= MOST_LINES;
        match lines.last_mut().filter(|_| !fresh && !ended) {
            Some(line) => line.line.push_str(&text),
            None if !full => {
                lines.push(Line { timestamp: i64::from(timestamp), line: text, ..Line::default() });
            }
            None => break,
        }
    }
    for line in &mut lines {
        line.line = line.line.trim().chars().take(MOST_LETTERS).collect();
    }
    timed(lines)
}

fn time(text: &str) -> Option<i64> {
    let (minutes, seconds) = text.split_once(':')?;
    let (minutes, seconds) = (minutes.parse::<u32>().ok()?, seconds.parse::<f64>().ok()?);
    let length = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    i64::try_from(length.as_millis()).ok()?.checked_add(i64::from(minutes) * 60_000).filter(|time| *time < 86_400_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_times() {
        let lines = lrc("[ti:Song]\n[00:01.50]One\n[00:10.00][00:05.25] Two \n[offset:+250]\nnothing\n[xx:1]no\n");
        let told: Vec<_> = lines.iter().map(|line| (line.timestamp, line.duration, line.line.as_str())).collect();
        assert_eq!(told, [(1250, Some(3750), "One"), (5000, Some(4750), "Two"), (9750, None, "Two")]);
        assert!(lrc("just\nwords\n").is_empty());
    }

    #[test]
    fn syllables_become_lines() {
        let told = |content: &[(u32, &str)]| {
            let lines = lines_of(content.iter().map(|(at, text)| (*at, (*text).to_owned())).collect());
            lines.into_iter().map(|line| (line.timestamp, line.duration, line.line)).collect::<Vec<_>>()
        };
        let line = |at, duration, text: &str| (at, duration, text.to_owned());
        let wanted = vec![line(10, Some(90), "Hel lo"), line(100, None, "you all")];
        assert_eq!(told(&[(10, "Hel lo"), (100, "you all")]), wanted);
        assert_eq!(told(&[(10, "Hel"), (50, " lo"), (100, "\nyou"), (120, " all")]), wanted);
        assert_eq!(told(&[(10, "Hel"), (50, " lo\n"), (100, "you"), (120, " all\n")]), wanted);
        assert_eq!(told(&[(100, "you all"), (10, "Hel lo")]), wanted);
        assert!(told(&[]).is_empty());
        let many: Vec<_> = (0..10_000).map(|at| (at, "la")).collect();
        assert_eq!(told(&many).len(), MOST_LINES);
    }
}
