//! Words of songs: LRC beside a file, or what its tags hold.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use lofty::config::ParseOptions;
use lofty::file::TaggedFileExt;
use lofty::probe::Probe;
use lofty::tag::ItemKey;

use crate::wire::{Line, Lyrics};

/// Longest text.
const MOST_BYTES: u64 = 256 * 1024;
/// Most lines that have a time.
const MOST_LINES: usize = 5000;

/// The words of a file.
pub(super) fn of(file: &Path, beside: Option<&Path>) -> Option<Lyrics> {
    let text = beside.and_then(text_of).or_else(|| tagged(file))?;
    let lines = lrc(&text);
    let plain = if lines.is_empty() {
        text.trim().to_owned()
    } else {
        lines.iter().map(|line| line.line.as_str()).collect::<Vec<_>>().join("\n")
    };
    Some(Lyrics {
        source_name: "local".to_owned(),
        provider: "local".to_owned(),
        text: Some(plain),
        lines,
        ..Lyrics::default()
    })
}

fn text_of(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned()).filter(|text| !text.is_empty())
}

fn tagged(file: &Path) -> Option<String> {
    let options = ParseOptions::new().read_cover_art(false).read_properties(false);
    let tagged = std::panic::catch_unwind(|| Probe::open(file).ok()?.options(options).read().ok()).ok()??;
    let words = |key| tagged.tags().iter().find_map(|tag| tag.get_string(key).map(str::to_owned));
    let text = words(ItemKey::Lyrics).or_else(|| words(ItemKey::UnsyncLyrics))?;
    Some(text.chars().take(100_000).collect())
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
        let words: String = rest.trim().chars().take(500).collect();
        for timestamp in times {
            if lines.len() < MOST_LINES {
                lines.push(Line { timestamp, line: words.clone(), ..Line::default() });
            }
        }
    }
    for line in &mut lines {
        line.timestamp = (line.timestamp - offset).max(0);
    }
    lines.sort_by_key(|line| line.timestamp);
    let ends: Vec<i64> = lines.iter().skip(1).map(|line| line.timestamp).collect();
    for (line, end) in lines.iter_mut().zip(ends) {
        line.duration = Some(end - line.timestamp);
    }
    lines
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
}
