//! From bytes to sound: containers and codecs. Files come from anywhere, so nothing here believes a length, and a panic of
//! a codec is only the end of its track.

mod budget;
mod format;
mod frames;
mod mix;
mod ogg;
mod opus;
mod probe;
mod table;
mod tap;

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::{Error, SeekErrorKind};
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::MediaSource;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Delta, Duration, Time, TimeBase, Timestamp};

use super::fetch::FetchError;
use super::{Block, Read, SourceError};
use budget::Budget;
use format::Format;
use frames::Frames;
pub(super) use probe::Kind;
pub(super) use probe::Tags;
use table::{Table, Tape};
use tap::Tap;

/// Most bytes that are read to learn what a file is.
const PROBE_BYTES: u64 = 24 * 1024 * 1024;
/// Most bytes that are read for one piece of sound; between them may lie a film's pictures.
const STEP_BYTES: u64 = 24 * 1024 * 1024;
/// Most bytes that are read to go to another place.
const SEEK_BYTES: u64 = 1024 * 1024 * 1024;
/// Damaged packets in a row before a track counts as broken.
const MOST_DAMAGED: u32 = 64;
/// Packets in a row that give no sound before a track counts as broken.
const MOST_EMPTY: u32 = 100_000;

/// Why a file makes no sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No format that is known.
    #[error("the file is in no known format")]
    Unknown,
    /// Nothing in it can be heard.
    #[error("the file has no sound")]
    Silent,
    /// Known, but not spoken here.
    #[error("the codec is not supported: {0}")]
    Unsupported(String),
    /// Not what its format says.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// More of it would have to be held than is sound.
    #[error("the file asks for too much: {0}")]
    Excessive(String),
    /// Its bytes do not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Its bytes cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(String),
    /// It cannot go there.
    #[error("the file cannot be wound to that place")]
    Seek,
}

impl From<DecodeError> for SourceError {
    fn from(error: DecodeError) -> Self {
        match &error {
            DecodeError::Unknown => Self::common("Unknown file format.", &error),
            DecodeError::Silent => Self::common("The file has no sound.", &error),
            DecodeError::Unsupported(_) => Self::common("The codec of the file is not supported.", &error),
            DecodeError::Damaged(_) | DecodeError::Excessive(_) => Self::common("The file is damaged.", &error),
            DecodeError::Fetch(cause) => Self::suspicious("The connection to the file is lost.", cause),
            DecodeError::Io(_) => Self::suspicious("The file cannot be read.", &error),
            DecodeError::Seek => Self::common("The track cannot be wound there.", &error),
        }
    }
}

impl From<Error> for DecodeError {
    fn from(error: Error) -> Self {
        match error {
            Error::IoError(error) => Self::io(&error),
            Error::DecodeError(what) => Self::Damaged(what.to_owned()),
            Error::Unsupported(what) => Self::Unsupported(what.to_owned()),
            Error::LimitError(what) => Self::Excessive(what.to_owned()),
            Error::SeekError(_) => Self::Seek,
            Error::ResetRequired => Self::Damaged("it changes on the way".to_owned()),
            _ => Self::Damaged("it cannot be decoded".to_owned()),
        }
    }
}

impl DecodeError {
    fn io(error: &std::io::Error) -> Self {
        let inner = error.get_ref();
        if let Some(cause) = inner.and_then(|inner| inner.downcast_ref::<FetchError>()) {
            return Self::Fetch(cause.clone());
        }
        if let Some(cause) = inner.and_then(|inner| inner.downcast_ref::<Self>()) {
            return cause.clone();
        }
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Damaged("it ends too early".to_owned()),
            _ => Self::Io(error.to_string()),
        }
    }
}

/// Runs what a codec does. After a panic it must not be touched again.
fn guarded<T>(work: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(DecodeError::Damaged("it upsets its codec".to_owned())))
}

/// What is known of a file before its sound is heard.
#[derive(Clone, Debug)]
pub(super) struct Details {
    /// Of the container.
    pub(super) kind: Kind,
    /// In milliseconds, where it is known.
    pub(super) length: Option<u64>,
    /// What it says of itself.
    pub(super) tags: Tags,
}

/// A file that makes sound.
pub(super) struct Decoder {
    /// Gone only while it is opened anew, and after that failed.
    format: Option<Format>,
    budget: Budget,
    details: Details,
    seekable: bool,
    /// Whether bytes come from afar, so that winding should not read them all.
    remote: bool,
    track: u32,
    base: TimeBase,
    codec: Codec,
    /// What bare frames say of their begin and their end.
    bounds: Option<Bounds>,
    /// Where in the file its time is, if that is not the same part of both.
    table: Option<Table>,
    /// By how much the container's times are wrong since it was wound by the table.
    shift: Delta,
    /// Where the next piece begins.
    at: Timestamp,
    /// Sound before this is not given out: the rest of a packet in which a seek ended.
    skip_to: Option<Timestamp>,
    damaged: u32,
    over: bool,
}

/// From the first sample that a codec gives to the last that a file's first header knows of.
#[derive(Clone, Copy)]
struct Bounds {
    begin: Timestamp,
    end: Timestamp,
}

impl Bounds {
    fn of(kind: Kind, format: &dyn FormatReader, track: u32) -> Option<Self> {
        let track = format.tracks().iter().find(|known| known.id == track).filter(|_| kind.is_bare_frames())?;
        let begin = Timestamp::from(-i64::from(track.delay.unwrap_or_default()));
        let sound = Duration::from(track.num_frames?).timestamp_from(Timestamp::ZERO)?;
        Some(Self { begin, end: sound.checked_add(Duration::from(track.padding.unwrap_or_default()))? })
    }

    /// How much of its time is before a place.
    #[expect(clippy::cast_precision_loss, reason = "a part of a file needs no more")]
    fn part(self, at: Timestamp) -> f64 {
        let whole = self.end.abs_delta(self.begin).get().max(1) as f64;
        at.duration_from(self.begin).unwrap_or(Duration::ZERO).get() as f64 / whole
    }

    /// The place before which so much of its time is.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "0 to 1")]
    fn at(self, part: f64) -> Timestamp {
        let whole = self.end.abs_delta(self.begin).get() as f64;
        self.begin.saturating_add(Duration::from((whole * part.clamp(0.0, 1.0)) as u64))
    }
}

/// Plays a file of these bytes to its end, or so many samples of it, and then from another place; how many came.
#[cfg(feature = "testing")]
pub fn decode_all(bytes: Vec<u8>, seek: u64, most: u64) -> Result<u64, String> {
    let mut decoder = Decoder::open(Box::new(std::io::Cursor::new(bytes)), false).map_err(|error| error.to_string())?;
    let (mut block, mut count) = (Block::default(), 0);
    for again in [true, false] {
        let most = count + most;
        while count < most {
            match decoder.read(&mut block).map_err(|error| error.to_string())? {
                Read::End => break,
                Read::Opus => count += 960,
                Read::Pcm => count += u64::try_from(block.samples.len()).unwrap_or(u64::MAX),
            }
        }
        if again && decoder.seekable() {
            decoder.seek(seek).map_err(|error| error.to_string())?;
        }
    }
    Ok(count)
}

/// The words of a song in the tags of a file that is read from its start.
pub(super) fn words(source: Box<dyn MediaSource>) -> Result<Option<String>, DecodeError> {
    guarded(|| {
        let (budget, tape) = (Budget::new(PROBE_BYTES), Tape::new());
        let mut format = probe::probe(budget.of(source, tape))?;
        Ok(Tags::words(format.as_mut()))
    })
}

enum Codec {
    /// With what it was made from.
    Samples(Box<dyn AudioDecoder>, Box<AudioCodecParameters>),
    /// With the decibels by which it is to be louder.
    Opus(f32),
}

impl Decoder {
    /// Finds out what a file is and gets ready to decode it.
    pub(super) fn open(source: Box<dyn MediaSource>, remote: bool) -> Result<Self, DecodeError> {
        guarded(|| {
            let seekable = source.is_seekable();
            let (budget, tape, size) = (Budget::new(PROBE_BYTES), Tape::new(), source.byte_len());
            let source = Tap::new(budget.of(source, tape.clone()));
            source.keep();
            let mut format = probe::probe(Box::new(source.clone()))?;
            let tags = Tags::of(format.as_mut());
            let (track, base, codec) = choose(format.as_ref())?;
            let details = Details {
                kind: Kind::of(format.format_info().format),
                length: probe::length(format.as_ref(), track),
                tags,
            };
            let table = tape.table(size).filter(|_| details.kind.is_bare_frames());
            if remote && details.kind.is_mp3() {
                format = Box::new(Frames::of(format, &source)?);
            }
            Ok(Self {
                bounds: Bounds::of(details.kind, format.as_ref(), track),
                table,
                shift: Delta::ZERO,
                format: Some(ogg::read_on(format, &source)),
                budget,
                details,
                seekable,
                remote,
                track,
                base,
                codec,
                at: Timestamp::new(0),
                skip_to: None,
                damaged: 0,
                over: false,
            })
        })
    }

    /// What is known of the file.
    pub(super) fn details(&self) -> &Details {
        &self.details
    }

    /// Where the next piece begins, in milliseconds.
    pub(super) fn position(&self) -> u64 {
        let time = self.base.calc_time_saturating(self.skip_to.unwrap_or(self.at));
        u64::try_from(time.as_millis()).unwrap_or_default()
    }

    /// Whether the file can be wound.
    pub(super) fn seekable(&self) -> bool {
        self.seekable
    }

    /// By how many decibels packets of Opus are to be louder.
    pub(super) fn gain(&self) -> f32 {
        if let Codec::Opus(gain) = self.codec { gain } else { 0.0 }
    }

    /// The next piece of sound.
    pub(super) fn read(&mut self, block: &mut Block) -> Result<Read, DecodeError> {
        // Who waits gets something.
        Ok(self.next(block, true)?.unwrap_or(Read::End))
    }

    /// The next piece of sound, where it is a packet that is there already; its source is to fail where it would wait.
    pub(super) fn read_now(&mut self, block: &mut Block) -> Result<Option<Read>, DecodeError> {
        self.next(block, false)
    }

    fn next(&mut self, block: &mut Block, waits: bool) -> Result<Option<Read>, DecodeError> {
        if self.over {
            return Ok(Some(Read::End));
        }
        let read = guarded(|| self.step(block, waits));
        self.over = !matches!(read, Ok(None | Some(Read::Pcm | Read::Opus)));
        read
    }

    fn step(&mut self, block: &mut Block, waits: bool) -> Result<Option<Read>, DecodeError> {
        self.budget.refill(STEP_BYTES);
        for _ in 0..MOST_EMPTY {
            let format = self.format.as_mut().ok_or(DecodeError::Seek)?;
            let (mut packet, part) = match format.next(waits) {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(Some(Read::End)),
                // A stream of streams: the next one has tracks of its own.
                Err(Error::ResetRequired) => {
                    (self.track, self.base, self.codec) = choose(format.reader())?;
                    continue;
                }
                Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return Ok(Some(Read::End));
                }
                Err(Error::IoError(error)) if !waits && error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Ok(None);
                }
                Err(error) => {
                    self.endure(error)?;
                    continue;
                }
            };
            if packet.track_id != self.track {
                continue;
            }
            // Sound, so what follows has its own budget.
            self.budget.refill(STEP_BYTES);
            // What is behind the end that the first header knows of is sound too: another file, or a longer one.
            if self.bounds.is_some_and(|bounds| packet.pts >= bounds.end) || !self.shift.is_zero() {
                packet.trim_end = Duration::ZERO;
            }
            packet.pts = packet.pts.saturating_add_delta(self.shift);
            if let Some(read) = self.decode(&mut packet, part, block)? {
                return Ok(Some(read));
            }
        }
        Err(DecodeError::Damaged("it has packets without sound".to_owned()))
    }

    /// A few damaged packets are a crackle, more are a broken file.
    fn endure(&mut self, error: Error) -> Result<(), DecodeError> {
        self.damaged += 1;
        match error {
            Error::DecodeError(_) if self.damaged <= MOST_DAMAGED => Ok(()),
            error => Err(error.into()),
        }
    }

    /// Decodes a packet; gives nothing where no sound of it is to be heard.
    fn decode(&mut self, packet: &mut Packet, part: Bytes, block: &mut Block) -> Result<Option<Read>, DecodeError> {
        let end = packet.pts.saturating_add(packet.dur);
        let read = match &mut self.codec {
            Codec::Opus(_) => opus::read(packet, part, block),
            Codec::Samples(decoder, _) => match decoder.decode(packet) {
                Ok(buffer) => {
                    fill(&buffer, block);
                    Ok((!block.samples.is_empty()).then_some(Read::Pcm))
                }
                Err(Error::ResetRequired) => {
                    decoder.reset();
                    Ok(None)
                }
                Err(error) => Err(error),
            },
        };
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                self.endure(error)?;
                // It may be that only this decoder cannot go on: it was made for another rate, or other channels.
                if let Codec::Samples(decoder, parameters) = &mut self.codec
                    && self.damaged.is_multiple_of(2)
                {
                    *decoder = probe::codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())?;
                }
                return Ok(None);
            }
        };
        let Some(read) = read else {
            self.at = end;
            return Ok(None);
        };
        self.damaged = 0;
        self.at = end;
        match self.skip_to {
            Some(goal) if end <= goal => return Ok(None),
            Some(goal) => {
                self.skip_to = None;
                if read == Read::Pcm {
                    let time = self.base.calc_time_saturating(goal).as_nanos()
                        - self.base.calc_time_saturating(packet.pts).as_nanos();
                    let frames = time.max(0) * i128::from(block.rate) / 1_000_000_000;
                    let samples = usize::try_from(frames).unwrap_or_default() * usize::from(block.channels);
                    block.samples.drain(..samples.min(block.samples.len()));
                    if block.samples.is_empty() {
                        return Ok(None);
                    }
                }
            }
            None => {}
        }
        Ok(Some(read))
    }

    /// Winds to a position in milliseconds; gives where it came to.
    pub(super) fn seek(&mut self, position: u64) -> Result<u64, DecodeError> {
        if !self.seekable {
            return Err(DecodeError::Seek);
        }
        let reached = guarded(|| self.wind(position));
        self.over |= reached.is_err();
        reached
    }

    fn wind(&mut self, position: u64) -> Result<u64, DecodeError> {
        self.budget.refill(SEEK_BYTES);
        let time = Time::from_millis_u64(position.min(u64::from(u32::MAX)));
        // Exact winding through a file of MP3 or AAC frames reads all of them.
        let mode =
            if self.remote && self.details.kind.is_bare_frames() { SeekMode::Coarse } else { SeekMode::Accurate };
        if std::mem::take(&mut self.over) && self.details.kind.is_used_up() {
            self.reopen()?;
        }
        let goal = self.base.calc_timestamp(time);
        let known = self.bounds.filter(|bounds| goal.is_some_and(|goal| goal <= bounds.end));
        // A coarse place is a part of the file; where the same part of the time is, the table knows.
        let table = self.table.as_ref().zip(known).zip(goal).filter(|_| mode == SeekMode::Coarse);
        let to = match table {
            Some(((table, bounds), goal)) => {
                SeekTo::Timestamp { ts: bounds.at(table.place(bounds.part(goal))), track_id: self.track }
            }
            None => SeekTo::Time { time, track_id: Some(self.track) },
        };
        let format = self.format.as_mut().ok_or(DecodeError::Seek)?;
        match format.reader_mut().seek(mode, to) {
            Ok(reached) => {
                self.at = reached.actual_ts;
                if let Some(((table, bounds), _)) = table {
                    self.at = bounds.at(table.time(bounds.part(reached.actual_ts)));
                }
                self.shift = self.at.saturating_delta(reached.actual_ts);
                let exact = goal.filter(|_| mode == SeekMode::Accurate || table.is_some());
                let goal = exact.unwrap_or(reached.required_ts);
                self.skip_to = (goal > self.at).then_some(goal);
            }
            // Bare frames have no index that could lead astray: behind the last one is nothing.
            Err(error) if known.is_some() && ends(&error) => {
                self.at = goal.unwrap_or_default();
                (self.skip_to, self.over) = (None, true);
                return Ok(self.position());
            }
            // Some indexes lead astray: then all sound before the place passes by unheard.
            Err(error) if lost(&error) => {
                self.reopen()?;
                self.at = Timestamp::new(0);
                self.skip_to = self.base.calc_timestamp(time);
                return Ok(self.position());
            }
            Err(error) => return Err(error.into()),
        }
        if let Codec::Samples(decoder, _) = &mut self.codec {
            decoder.reset();
        }
        self.damaged = 0;
        Ok(self.position())
    }
}

impl Decoder {
    /// Begins anew.
    fn reopen(&mut self) -> Result<(), DecodeError> {
        use std::io::Seek as _;
        let mut stream = self.format.take().ok_or(DecodeError::Seek)?.into_inner();
        stream.rewind().map_err(|error| DecodeError::io(&error))?;
        let format = probe::probe_stream(stream)?;
        (self.track, self.base, self.codec) = choose(format.as_ref())?;
        self.bounds = Bounds::of(self.details.kind, format.as_ref(), self.track);
        self.shift = Delta::ZERO;
        self.format = Some(Format::Library(format));
        Ok(())
    }
}

/// Whether winding ended in the wrong place.
fn lost(error: &Error) -> bool {
    matches!(error, Error::DecodeError(_)) || ends(error)
}

/// Whether winding ended behind the last frame.
fn ends(error: &Error) -> bool {
    match error {
        Error::SeekError(SeekErrorKind::OutOfRange) => true,
        Error::IoError(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        _ => false,
    }
}

/// The track that is heard, and its codec.
fn choose(format: &dyn FormatReader) -> Result<(u32, TimeBase, Codec), DecodeError> {
    let track = format.default_track(TrackType::Audio).ok_or(DecodeError::Silent)?;
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else { return Err(DecodeError::Silent) };
    sane(parameters)?;
    let rate = parameters.sample_rate.unwrap_or(48_000);
    let base = track.time_base.or_else(|| TimeBase::try_from_recip(rate)).ok_or(DecodeError::Silent)?;
    if parameters.codec == CODEC_ID_OPUS {
        let channels = parameters.channels.as_ref().map_or(2, symphonia::core::audio::Channels::count);
        if channels > 2 {
            return Err(DecodeError::Unsupported("Opus with more than two channels".to_owned()));
        }
        return Ok((track.id, base, Codec::Opus(opus::gain(parameters.extra_data.as_deref()))));
    }
    let decoder = probe::codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())?;
    Ok((track.id, base, Codec::Samples(decoder, Box::new(parameters.clone()))))
}

/// Codecs make room for what a header says, so it must be something that sound can be.
fn sane(parameters: &AudioCodecParameters) -> Result<(), DecodeError> {
    let channels = parameters.channels.as_ref().map_or(2, symphonia::core::audio::Channels::count);
    let rate = parameters.sample_rate.unwrap_or(48_000);
    let frames =
        parameters.max_frames_per_packet.unwrap_or_default().max(parameters.frames_per_block.unwrap_or_default());
    // The cookie of ALAC begins with the length of its frames.
    let cookie = (parameters.codec == symphonia::core::codecs::audio::well_known::CODEC_ID_ALAC)
        .then(|| parameters.extra_data.as_deref()?.first_chunk::<4>().copied().map(u32::from_be_bytes))
        .flatten();
    if !(1..=16).contains(&channels) {
        return Err(DecodeError::Excessive(format!("{channels} channels")));
    }
    if !(1000..=768_000).contains(&rate) {
        return Err(DecodeError::Excessive(format!("{rate} samples a second")));
    }
    if frames > 1 << 17 || cookie.is_some_and(|frames| frames > 1 << 17) {
        return Err(DecodeError::Excessive("very long packets".to_owned()));
    }
    Ok(())
}

fn fill(buffer: &GenericAudioBufferRef<'_>, block: &mut Block) {
    let spec = buffer.spec();
    block.rate = spec.rate();
    buffer.copy_to_vec_interleaved(&mut block.samples);
    block.channels = mix::to_stereo(spec.channels(), &mut block.samples);
}
