//! A track that says where it is: a tone that rises evenly, so that each of its frequencies is at one place only.

use async_trait::async_trait;
use guildhall_lavalink::source::{Block, Read, SourceError, Sources, Stream};
use guildhall_lavalink::wire::{LoadResult, Track, TrackInfo};

/// Where it begins, in Hz, and how much it rises in a second.
const BEGIN: f64 = 500.0;
const RISE: f64 = 40.0;
/// Milliseconds.
const LENGTH: u64 = 300_000;

/// A source of that one track.
pub(crate) struct Sweep;

struct Rising(u64);

#[async_trait]
impl Sources for Sweep {
    async fn load(&self, identifier: &str) -> LoadResult {
        let info = TrackInfo {
            identifier: identifier.to_owned(),
            is_seekable: true,
            author: String::new(),
            length: i64::try_from(LENGTH).unwrap(),
            is_stream: false,
            position: 0,
            title: String::new(),
            uri: None,
            artwork_url: None,
            isrc: None,
            source_name: "sweep".to_owned(),
        };
        LoadResult::Track(Box::new(Track::new(info, None)))
    }

    async fn open(&self, _: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        Ok(Box::new(Rising(position * 48)))
    }

    fn names(&self) -> Vec<String> {
        vec!["sweep".to_owned()]
    }
}

impl Stream for Rising {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "samples are rounded")]
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        if self.0 >= LENGTH * 48 {
            return Ok(Read::End);
        }
        (block.rate, block.channels) = (48_000, 1);
        block.samples.clear();
        block.samples.extend((self.0..self.0 + 960).map(|at| {
            let at = at as f64 / 48_000.0;
            ((((BEGIN + RISE * at / 2.0) * at).fract() * std::f64::consts::TAU).sin() * 0.5) as f32
        }));
        self.0 += 960;
        Ok(Read::Pcm)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        self.0 = position * 48;
        Ok(position)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn position(&self) -> u64 {
        self.0 / 48
    }
}

/// Which second of the track is heard in the middle of some samples; nothing where it is not the track.
pub(crate) fn place(samples: &[f32]) -> Option<f64> {
    let rises: Vec<f64> = (0_u32..)
        .zip(samples.windows(2))
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(at, pair)| f64::from(at) + f64::from(pair[0] / (pair[0] - pair[1])))
        .collect();
    let (first, last) = (rises.first()?, rises.last()?);
    let frequency = f64::from(u32::try_from(rises.len() - 1).unwrap()) * 48_000.0 / (last - first);
    (crate::hear::level(samples, frequency) > 0.35).then_some((frequency - BEGIN) / RISE)
}
