//! Width, height and duration, from headers only. Not knowing is never an error.

use std::fs::File;
use std::io::{BufReader, Error, Read, Result, Seek, SeekFrom};

use bytes::Bytes;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::common::Limit;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{Duration, TimeBase};

use crate::render::{MAX_PIXELS, MAX_SIDE};
use crate::sniff::{Family, Type};

/// Most bytes that are read of a file: enough for the index of a long film.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Most reads, so that a file of tiny boxes that point at each other ends too.
const MAX_READS: u32 = 100_000;
/// Longest duration that is believed: a year.
const MAX_SECS: f64 = 366.0 * 24.0 * 3600.0;

/// What headers say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Probed {
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) duration_secs: Option<f64>,
}

/// Reads what a file's headers say.
pub(crate) fn probe(mut file: File, size: u64, kind: Type) -> Probed {
    if file.rewind().is_err() {
        return Probed::default();
    }
    let source = Bounded { file, size, bytes: MAX_BYTES, reads: MAX_READS };
    match kind.family {
        Family::Image => picture(source),
        Family::Media => media(source).unwrap_or_default(),
        _ => Probed::default(),
    }
}

/// Sides of a picture. One that is too large to be shown has none, so that clients treat it as any other file.
fn picture(source: Bounded) -> Probed {
    let Ok(size) = imagesize::reader_size(BufReader::new(source)) else { return Probed::default() };
    let (Ok(width), Ok(height)) = (u32::try_from(size.width), u32::try_from(size.height)) else {
        return Probed::default();
    };
    let shown = (1..=MAX_SIDE).contains(&width)
        && (1..=MAX_SIDE).contains(&height)
        && u64::from(width) * u64::from(height) <= MAX_PIXELS;
    if shown { Probed { width: Some(width), height: Some(height), duration_secs: None } } else { Probed::default() }
}

fn media(source: Bounded) -> Option<Probed> {
    let stream = MediaSourceStream::new(Box::new(source), symphonia::core::io::MediaSourceStreamOptions::default());
    // Covers and tags are not wanted.
    let tags =
        MetadataOptions::default().limit_tag_bytes(Limit::Maximum(4096)).limit_visual_bytes(Limit::Maximum(4096));
    let format = symphonia::default::get_probe().probe(&Hint::new(), stream, FormatOptions::default(), tags).ok()?;
    let mut probed = Probed { duration_secs: duration(format.as_ref()), ..Probed::default() };
    for track in format.tracks() {
        if let Some(CodecParameters::Video(video)) = &track.codec_params {
            let side = |side: Option<u16>| side.filter(|side| *side > 0).map(u32::from);
            if let (Some(width), Some(height)) = (side(video.width), side(video.height)) {
                (probed.width, probed.height) = (Some(width), Some(height));
                break;
            }
        }
    }
    Some(probed)
}

/// What the container says, or else its longest track.
fn duration(format: &dyn FormatReader) -> Option<f64> {
    let seconds = |base: Option<TimeBase>, duration: Option<Duration>| {
        Some(base?.calc_duration(duration?)?.as_secs_f64()).filter(|secs| *secs > 0.0 && *secs < MAX_SECS)
    };
    let whole = format.media_info();
    seconds(whole.time_base, whole.duration).or_else(|| {
        let tracks = format.tracks().iter().filter_map(|track| seconds(track.time_base, track.duration));
        tracks.max_by(f64::total_cmp)
    })
}

/// How long a sound lasts, in seconds: counted packet by packet, whatever its header says.
pub(crate) fn sound(bytes: Bytes) -> Option<f64> {
    let source = Box::new(std::io::Cursor::new(bytes));
    let stream = MediaSourceStream::new(source, symphonia::core::io::MediaSourceStreamOptions::default());
    let tags =
        MetadataOptions::default().limit_tag_bytes(Limit::Maximum(4096)).limit_visual_bytes(Limit::Maximum(4096));
    let mut format =
        symphonia::default::get_probe().probe(&Hint::new(), stream, FormatOptions::default(), tags).ok()?;
    let (track, base) = format.tracks().first().map(|track| (track.id, track.time_base))?;
    let mut seconds = 0.0;
    for _ in 0..MAX_READS {
        match format.next_packet() {
            Ok(Some(packet)) if packet.track_id == track => {
                seconds += base?.calc_duration(packet.dur)?.as_secs_f64();
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    Some(seconds)
}

/// A file of which only so much is read.
struct Bounded {
    file: File,
    size: u64,
    bytes: u64,
    reads: u32,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.reads = self.reads.checked_sub(1).ok_or_else(enough)?;
        let read = self.file.read(buffer)?;
        self.bytes = self.bytes.checked_sub(read as u64).ok_or_else(enough)?;
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.reads = self.reads.checked_sub(1).ok_or_else(enough)?;
        self.file.seek(to)
    }
}

impl MediaSource for Bounded {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.size)
    }
}

fn enough() -> Error {
    Error::other("too much to read")
}
