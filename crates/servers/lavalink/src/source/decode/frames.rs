//! Frames of an MP3 that comes from afar, cut out of its bytes. Who opens a file has to read it back and forth and keeps 64 KiB for that;
//! to play it, no more is needed than the next frame.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use symphonia::core::errors::{Error, Result, SeekErrorKind};
use symphonia::core::formats::{FormatInfo, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadBytes, SeekBuffered};
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::{Packet, PacketBuilder};
use symphonia::core::units::{Duration, Timestamp};

use super::tap::Tap;

/// Bytes that are read at once.
const READ: usize = 4 * 1024;
/// Before the place that is wound to, in bytes: longer than any frame.
const LONGEST: u64 = 2_881;
/// Frames before the one that is wound to that are kept in mind: its sound may begin in them.
const BEFORE: usize = 4;
/// Bytes that are no frame are passed over by so many at a time.
const FAR: usize = 16 * 1024;
/// Bytes of a header.
const HEADER: usize = 4;
/// Thousands of bits a second: of MPEG 1, and of 2 and 2.5.
const BIT_RATES: [[usize; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// Samples a second of MPEG 1: 2 has half, 2.5 a quarter.
const RATES: [usize; 3] = [44_100, 48_000, 32_000];

fn word(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_be_bytes)
}

/// What the header of a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    /// Bytes of all of the frame.
    length: usize,
    samples: u16,
    /// Bytes that say how the sound is to be read, behind the header.
    side: usize,
    /// Bytes before those: the header, and a checksum.
    head: usize,
    /// Version, rate, and whether it is one channel: what stays the same in a file.
    kind: (u32, usize, bool),
}

impl Header {
    fn of(word: u32) -> Option<Self> {
        let (version, layer) = (word >> 19 & 3, word >> 17 & 3);
        if word >> 21 != 0x7FF || version == 1 || layer != 1 {
            return None;
        }
        let field = |shift: u32, mask: u32| usize::try_from(word >> shift & mask).unwrap_or_default();
        let first = version == 3;
        // No bit rate is one that nobody else plays either.
        let bits = BIT_RATES.get(usize::from(!first))?.get(field(12, 15)).copied().filter(|rate| *rate > 0)?;
        let divisor = if first {
            1
        } else if version == 2 {
            2
        } else {
            4
        };
        let rate = RATES.get(field(10, 3))? / divisor;
        let mono = field(6, 3) == 3;
        Some(Self {
            length: if first { 144_000 } else { 72_000 } * bits / rate + field(9, 1),
            samples: if first { 1_152 } else { 576 },
            side: match (first, mono) {
                (true, false) => 32,
                (true, true) | (false, false) => 17,
                (false, true) => 9,
            },
            head: if word >> 16 & 1 == 0 { HEADER + 2 } else { HEADER },
            kind: (version, rate, mono),
        })
    }

    fn duration(self) -> Duration {
        Duration::from(self.samples)
    }

    /// Whether a frame has no sound, but says something of a file.
    fn is_note(self, frame: &[u8]) -> bool {
        let silent = |upto: usize| frame.get(self.head..upto).is_some_and(|side| side.iter().all(|byte| *byte == 0));
        let said = |at: usize, name: &[u8], length: usize| {
            frame.len() >= at + length && frame.get(at..).is_some_and(|rest| rest.starts_with(name)) && silent(at)
        };
        let at = HEADER + self.side;
        said(at, b"Xing", 8) || said(at, b"Info", 8) || said(HEADER + 32, b"VBRI\0\x01", 26)
    }

    /// How far before the frame its sound begins, in bytes.
    fn before(self, frame: &[u8]) -> Option<usize> {
        let &[first, second] = frame.get(self.head..)?.first_chunk::<2>()?;
        let long = usize::from(first) << 1 | usize::from(second >> 7);
        Some(if self.samples == 576 { usize::from(first) } else { long })
    }
}

/// The frames of a file that was opened.
pub(super) struct Frames {
    source: Tap,
    info: FormatInfo,
    media: MediaInfo,
    tracks: Vec<Track>,
    metadata: MetadataLog,
    /// What was read, the part of it that was used, and where in the file the rest begins.
    bytes: Vec<u8>,
    used: usize,
    place: u64,
    /// Where the first frame is.
    first: u64,
    next: Timestamp,
}

impl Frames {
    /// Goes on with a file where who opened it is, before its first frame.
    pub(super) fn of(format: Box<dyn FormatReader>, source: &Tap) -> Result<Self> {
        let (info, media, tracks) = (*format.format_info(), *format.media_info(), format.tracks().to_vec());
        let mut stream = format.into_inner();
        let place = stream.pos();
        let mut bytes = vec![0; stream.unread_buffer_len()];
        stream.read_exact(&mut bytes)?;
        let next = Self::begin(&tracks);
        let metadata = MetadataLog::default();
        Ok(Self { source: source.clone(), info, media, tracks, metadata, bytes, used: 0, place, first: place, next })
    }

    /// What an encoder puts before the sound has times below 0.
    fn begin(tracks: &[Track]) -> Timestamp {
        Timestamp::from(-i64::from(tracks.first().and_then(|track| track.delay).unwrap_or_default()))
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.used..).unwrap_or_default()
    }

    fn pass(&mut self, count: usize) {
        self.used += count;
        self.place += count as u64;
    }

    /// Reads until so many bytes are there; whether they are.
    fn hold(&mut self, count: usize) -> Result<bool> {
        while self.rest().len() < count {
            self.bytes.drain(..std::mem::take(&mut self.used));
            let held = self.bytes.len();
            if self.bytes.capacity() > READ * 2 {
                self.bytes.shrink_to(READ * 2);
            }
            self.bytes.reserve_exact(READ);
            self.bytes.resize(held + READ, 0);
            let read = self.source.read(self.bytes.get_mut(held..).unwrap_or_default());
            self.bytes.truncate(held + read.as_ref().copied().unwrap_or_default());
            match read {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// Looks for a header, so many bytes from here or later: how far from here, and what it says. Where much else is before it, here
    /// is further on.
    fn find(&mut self, mut ahead: usize) -> Result<Option<(usize, Header)>> {
        while self.hold(ahead + HEADER)? {
            let rest = self.rest().get(ahead..).unwrap_or_default();
            if let Some(header) = word(rest).and_then(Header::of) {
                return Ok(Some((ahead, header)));
            }
            let next = rest.iter().skip(1).position(|byte| *byte == 0xFF);
            ahead += next.map_or(rest.len(), |next| next + 1);
            if ahead > FAR {
                self.pass(std::mem::take(&mut ahead));
            }
        }
        Ok(None)
    }

    /// Goes to the next frame, past whatever else there is; nothing at the end.
    fn frame(&mut self) -> Result<Option<Header>> {
        let Some((ahead, header)) = self.find(0)? else { return Ok(None) };
        self.pass(ahead);
        Ok(self.hold(header.length)?.then_some(header))
    }

    fn go(&mut self, place: u64) -> Result<()> {
        (self.bytes, self.used) = (Vec::new(), 0);
        self.place = self.source.seek(SeekFrom::Start(place))?;
        Ok(())
    }

    /// Goes to a place, and past the first frame that another like it follows; how long that is.
    fn land(&mut self, place: u64) -> Result<Duration> {
        self.go(place)?;
        while let Some(header) = self.frame()? {
            let behind = self.hold(header.length + HEADER)?;
            let next = self.rest().get(header.length..).and_then(word).and_then(Header::of);
            if !behind || next.is_some_and(|next| next.kind == header.kind) {
                self.pass(header.length);
                return Ok(header.duration());
            }
            self.pass(1);
        }
        Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
    }
}

impl FormatReader for Frames {
    fn format_info(&self) -> &FormatInfo {
        &self.info
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        while let Some(header) = self.frame()? {
            let frame = self.rest().get(..header.length).unwrap_or_default();
            if header.is_note(frame) {
                self.pass(header.length);
                continue;
            }
            let frame: Box<[u8]> = frame.into();
            self.pass(header.length);
            let (begin, duration) = (self.next, header.duration());
            let Some(next) = begin.checked_add(duration) else { return Ok(None) };
            self.next = next;
            let whole = self.tracks.first().and_then(|track| track.num_frames).map(Duration::from);
            let end = whole.and_then(|whole| whole.timestamp_from(Timestamp::ZERO));
            let packet = PacketBuilder::new().track_id(0).pts(begin).trimmed_dur(duration, end).data(frame);
            return Ok(Some(packet.build()));
        }
        Ok(None)
    }

    /// Goes to the part of the bytes that is as far in them as the time is in all of it, and from there to the frame.
    fn seek(&mut self, _: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        let strange = |kind| Error::SeekError(kind);
        let track = self.tracks.first().ok_or(strange(SeekErrorKind::InvalidTrack))?;
        let required_ts = match to {
            SeekTo::Timestamp { ts, .. } => ts,
            SeekTo::Time { time, .. } => {
                let base = track.time_base.ok_or(strange(SeekErrorKind::Unseekable))?;
                base.calc_timestamp(time).ok_or(strange(SeekErrorKind::OutOfRange))?
            }
        };
        let begin = Self::begin(&self.tracks);
        let around = u64::from(track.delay.unwrap_or_default()) + u64::from(track.padding.unwrap_or_default());
        let samples = track.num_frames.and_then(|samples| samples.checked_add(around)).filter(|samples| *samples > 0);
        let size = self.source.byte_len().and_then(|size| size.checked_sub(self.first)).filter(|size| *size > 0);
        let whole = samples.and_then(|samples| Some((samples, begin.checked_add(Duration::from(samples))?)));
        let ((samples, end), size) = whole.zip(size).ok_or(strange(SeekErrorKind::Unseekable))?;
        if required_ts < begin || required_ts > end {
            return Err(strange(SeekErrorKind::OutOfRange));
        }
        let part = |of: u64, many: u64, all: u64| {
            u64::try_from(u128::from(of) * u128::from(many) / u128::from(all.max(1))).unwrap_or(u64::MAX)
        };
        if let Some(place) = part(required_ts.abs_delta(begin).get(), size, samples).checked_sub(LONGEST) {
            let duration = self.land(self.first.saturating_add(place))?;
            // By its place in the bytes, a frame has this time.
            let time = part(self.place.saturating_sub(self.first), samples, size);
            let time = time - time % duration.get().max(1);
            self.next = begin.checked_add(Duration::from(time)).unwrap_or(end);
        } else {
            self.go(self.first)?;
            self.next = begin;
        }
        let mut known: VecDeque<(u64, Timestamp)> = VecDeque::new();
        let mut ahead = 0;
        let (at, header) = loop {
            let (found, header) = self.find(ahead)?.ok_or(strange(SeekErrorKind::OutOfRange))?;
            ahead = found;
            known.push_back((self.place + ahead as u64, self.next));
            while known.len() > BEFORE || known.front().is_some_and(|(place, _)| *place < self.place) {
                known.pop_front();
            }
            if let Some((oldest, _)) = known.front() {
                let old = usize::try_from(oldest.saturating_sub(self.place)).unwrap_or_default();
                self.pass(old);
                ahead -= old;
            }
            match self.next.checked_add(header.duration()).filter(|next| *next <= required_ts) {
                Some(next) => (self.next, ahead) = (next, ahead + header.length),
                None => break (self.place + ahead as u64, header),
            }
        };
        // Sound of a frame may begin in those before it: the decoder has to hear them too.
        self.hold(ahead + header.head + 2)?;
        let before = self.rest().get(ahead..).and_then(|frame| header.before(frame)).unwrap_or_default() as u64;
        let from = known.iter().rev().find(|(place, _)| at - place >= before).or(known.front()).copied();
        let (place, time) = from.unwrap_or((at, self.next));
        self.pass(usize::try_from(place.saturating_sub(self.place)).unwrap_or_default());
        self.next = time;
        Ok(SeekedTo { track_id: 0, required_ts, actual_ts: time })
    }

    /// Its bytes, from somewhere: to be wound before anything is read.
    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        MediaSourceStream::new(Box::new(self.source), MediaSourceStreamOptions::default())
    }
}
