//! What a file is, and what it says of itself.

use std::sync::OnceLock;

use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::common::Limit;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::{FormatId, FormatOptions, FormatReader, well_known};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::{MetadataContainer, MetadataOptions, StandardTag};
use symphonia::default::{formats, meta};

use super::DecodeError;

/// Longest text of a tag that is kept.
const MOST_TEXT: usize = 256;
/// Longest length that is believed: a month.
const MOST_LENGTH: u64 = 31 * 24 * 3600 * 1000;

/// A container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Kind(FormatId);

impl Kind {
    pub(super) fn of(format: FormatId) -> Self {
        Self(format)
    }

    /// The name that Lavaplayer gives it; it travels in the track's blob.
    pub(in super::super) fn name(self) -> &'static str {
        match self.0 {
            well_known::FORMAT_ID_MP3 => "mp3",
            well_known::FORMAT_ID_ADTS => "adts",
            well_known::FORMAT_ID_FLAC => "flac",
            well_known::FORMAT_ID_OGG => "ogg",
            well_known::FORMAT_ID_WAVE => "wav",
            well_known::FORMAT_ID_AIFF => "aiff",
            well_known::FORMAT_ID_ISOMP4 => "mp4",
            well_known::FORMAT_ID_MKV => "matroska/webm",
            _ => "file",
        }
    }

    /// Whether its reader gives nothing any more once it came to the end, wherever it is wound.
    pub(super) fn is_used_up(self) -> bool {
        matches!(self.0, well_known::FORMAT_ID_ISOMP4 | well_known::FORMAT_ID_MKV)
    }

    /// Frames of MP3 without a container.
    pub(super) fn is_mp3(self) -> bool {
        self.0 == well_known::FORMAT_ID_MP3
    }

    /// Frames one after another without an index.
    pub(super) fn is_bare_frames(self) -> bool {
        matches!(self.0, well_known::FORMAT_ID_MP3 | well_known::FORMAT_ID_ADTS)
    }
}

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Tags {
    /// Of the track.
    pub(in super::super) title: Option<String>,
    /// Who made it.
    pub(in super::super) artist: Option<String>,
    /// What it is part of.
    pub(in super::super) album: Option<String>,
    /// The number of the recording.
    pub(in super::super) isrc: Option<String>,
}

impl Tags {
    pub(super) fn of(format: &mut dyn FormatReader) -> Self {
        let mut tags = Self::default();
        let mut metadata = format.metadata();
        while let Some(revision) = metadata.current() {
            tags.add(&revision.media);
            for track in &revision.per_track {
                tags.add(&track.metadata);
            }
            if metadata.pop().is_none() {
                break;
            }
        }
        tags
    }

    /// The words of a song, where the file has some.
    pub(super) fn words(format: &mut dyn FormatReader) -> Option<String> {
        let mut metadata = format.metadata();
        while let Some(revision) = metadata.current() {
            let tracks = revision.per_track.iter().map(|track| &track.metadata);
            let tags = std::iter::once(&revision.media).chain(tracks).flat_map(|container| &container.tags);
            let words = tags.filter_map(|tag| match &tag.std {
                Some(StandardTag::Lyrics(text)) if !text.trim().is_empty() => Some(text.as_str().to_owned()),
                _ => None,
            });
            if let Some(words) = words.into_iter().next() {
                return Some(words);
            }
            metadata.pop()?;
        }
        None
    }

    fn add(&mut self, container: &MetadataContainer) {
        for tag in container.tags.iter().filter_map(|tag| tag.std.as_ref()) {
            let (place, text) = match tag {
                StandardTag::TrackTitle(text) => (&mut self.title, text),
                StandardTag::Artist(text) => (&mut self.artist, text),
                StandardTag::Album(text) => (&mut self.album, text),
                StandardTag::IdentIsrc(text) => (&mut self.isrc, text),
                _ => continue,
            };
            let text: String = text.trim().chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
            if place.is_none() && !text.is_empty() {
                *place = Some(text);
            }
        }
    }
}

/// Containers are looked for from the start only: what stands at the end of a file would cost another question to its server.
fn containers() -> &'static Probe {
    static PROBE: OnceLock<Probe> = OnceLock::new();
    PROBE.get_or_init(|| {
        let mut probe = Probe::default();
        probe.register_format::<formats::MpaReader<'_>>();
        probe.register_format::<formats::AdtsReader<'_>>();
        probe.register_format::<formats::FlacReader<'_>>();
        probe.register_format::<formats::OggReader<'_>>();
        probe.register_format::<formats::IsoMp4Reader<'_>>();
        probe.register_format::<formats::MkvReader<'_>>();
        probe.register_format::<formats::WavReader<'_>>();
        probe.register_format::<formats::AiffReader<'_>>();
        probe.register_metadata::<meta::Id3v2Reader<'_>>();
        probe
    })
}

pub(super) fn codecs() -> &'static CodecRegistry {
    symphonia::default::get_codecs()
}

pub(super) fn probe(source: Box<dyn MediaSource>) -> Result<Box<dyn FormatReader>, DecodeError> {
    probe_stream(MediaSourceStream::new(source, MediaSourceStreamOptions::default()))
}

pub(super) fn probe_stream(stream: MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>, DecodeError> {
    // Covers are not wanted here.
    let options =
        MetadataOptions::default().limit_tag_bytes(Limit::Maximum(64 * 1024)).limit_visual_bytes(Limit::Maximum(4096));
    containers().probe(&Hint::new(), stream, FormatOptions::default(), options).map_err(|error| match error.into() {
        DecodeError::Unsupported(_) => DecodeError::Unknown,
        // Text and pages end before anything is found in them.
        DecodeError::Damaged(text) if text == "it ends too early" => DecodeError::Unknown,
        error => error,
    })
}

/// The length of a track in milliseconds, where it is known.
pub(super) fn length(format: &dyn FormatReader, track: u32) -> Option<u64> {
    let track = format.tracks().iter().find(|known| known.id == track)?;
    let whole = format.media_info();
    let time = track
        .time_base
        .zip(track.duration)
        .or(whole.time_base.zip(whole.duration))
        .and_then(|(base, duration)| base.calc_duration(duration))?;
    u64::try_from(time.as_millis()).ok().filter(|length| (1..MOST_LENGTH).contains(length))
}
