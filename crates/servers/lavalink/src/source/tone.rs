//! Tones, made here: `tone:440` or `tone:440:30` for 30 seconds. For tests, and to hear whether a connection works.

use async_trait::async_trait;

use super::{Block, Picture, Read, SourceError, Sources, Stream, Uploads};
use crate::wire::{Chapter, LoadResult, Lyrics, SearchResult, Segment, Track, TrackInfo};

const RATE: u32 = 48_000;
/// Samples of a piece: 20 ms.
const PIECE: u64 = 960;

/// A source of nothing but tones. Others may be asked where it has no answer.
#[derive(Debug, Default)]
pub struct Tones;

/// Frequency and seconds of an identifier.
fn parse(identifier: &str) -> Option<(f32, u32)> {
    let mut parts = identifier.strip_prefix("tone:")?.split(':');
    let frequency = parts.next()?.parse().ok().filter(|frequency| (20.0..=20_000.0).contains(frequency))?;
    let seconds = parts.next().map_or(Some(10), |seconds| seconds.parse().ok()).filter(|seconds| *seconds <= 86_400)?;
    Some((frequency, seconds))
}

#[async_trait]
impl Sources for Tones {
    async fn load(&self, identifier: &str) -> LoadResult {
        let Some((frequency, seconds)) = parse(identifier) else { return LoadResult::Empty };
        let info = TrackInfo {
            identifier: identifier.to_owned(),
            is_seekable: true,
            author: "Guildhall".to_owned(),
            length: i64::from(seconds) * 1_000,
            is_stream: false,
            position: 0,
            title: format!("{frequency} Hz"),
            uri: None,
            artwork_url: None,
            isrc: None,
            source_name: "tone".to_owned(),
        };
        LoadResult::Track(Box::new(Track::new(info, None)))
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let (frequency, seconds) =
            parse(&track.identifier).ok_or_else(|| SourceError::common("this is no tone", &track.identifier))?;
        let mut tone = Tone { frequency, at: 0, end: u64::from(seconds) * u64::from(RATE) };
        tone.seek(position)?;
        Ok(Box::new(tone))
    }

    fn names(&self) -> Vec<String> {
        vec!["tone".to_owned()]
    }
}

struct Tone {
    frequency: f32,
    at: u64,
    end: u64,
}

impl Stream for Tone {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        if self.at >= self.end {
            return Ok(Read::End);
        }
        block.rate = RATE;
        block.channels = 1;
        block.samples.clear();
        let count = PIECE.min(self.end - self.at);
        // The phase begins anew each second, so that it stays exact; whole frequencies do not notice.
        block.samples.extend((self.at..self.at + count).map(|at| {
            let at = u16::try_from(at % u64::from(RATE)).unwrap_or_default();
            (f32::from(at) / 48_000.0 * self.frequency * std::f32::consts::TAU).sin() * 0.5
        }));
        self.at += count;
        Ok(Read::Pcm)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        self.at = position.saturating_mul(48).min(self.end);
        Ok(self.at / 48)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn position(&self) -> u64 {
        self.at / 48
    }
}

/// Other sources, and tones beside them.
pub struct WithTones<S>(
    /// The others.
    pub S,
);

#[async_trait]
impl<S: Sources> Sources for WithTones<S> {
    async fn load(&self, identifier: &str) -> LoadResult {
        if parse(identifier).is_some() { Tones.load(identifier).await } else { self.0.load(identifier).await }
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        if track.source_name == "tone" { Tones.open(track, position).await } else { self.0.open(track, position).await }
    }

    fn names(&self) -> Vec<String> {
        [self.0.names(), Tones.names()].concat()
    }

    fn elsewhere(&self) -> Vec<String> {
        [self.0.elsewhere(), Tones.elsewhere()].concat()
    }

    async fn lyrics(&self, track: &TrackInfo) -> Option<Lyrics> {
        self.0.lyrics(track).await
    }

    async fn search(&self, query: &str, kinds: &[String]) -> Option<Result<SearchResult, SourceError>> {
        self.0.search(query, kinds).await
    }

    async fn segments(&self, track: &TrackInfo, categories: &[String]) -> Vec<Segment> {
        self.0.segments(track, categories).await
    }

    async fn chapters(&self, track: &TrackInfo) -> Vec<Chapter> {
        self.0.chapters(track).await
    }

    async fn artwork(&self, signature: &str, name: &str) -> Option<Picture> {
        self.0.artwork(signature, name).await
    }

    fn plugins(&self) -> Vec<&'static str> {
        self.0.plugins()
    }

    fn uploads(&self) -> Option<&Uploads> {
        self.0.uploads()
    }

    async fn configure(&self, settings: &serde_json::Value) -> Result<(), String> {
        self.0.configure(settings).await
    }
}
