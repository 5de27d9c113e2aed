//! Ogg with one stream of Opus, read on from where it was opened. The library's reader opens it, and finds out all there is to know;
//! it also winds back within 131 kB that it holds for that, which nobody needs any more once it is open.

mod page;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use guildhall_audio::opus::frames;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::errors::{Error, Result, SeekErrorKind, decode_error, reset_error, seek_error};
use symphonia::core::formats::{
    FormatInfo, FormatOptions, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track, well_known,
};
use symphonia::core::io::{MediaSource as _, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::{Packet, PacketBuilder};
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::formats::OggReader;

use super::format::{Format, not_now};
use super::tap::Tap;

use page::{MOST_PAGE, Pages};

const INFO: FormatInfo = FormatInfo { format: well_known::FORMAT_ID_OGG, short_name: "ogg", long_name: "Ogg" };
/// Longest packet that is put together from pages.
const MOST_PACKET: usize = 256 * 1024;
/// So many bytes of other streams lie between two pages of this one at most, where one looks for a place.
const MOST_OTHER: u64 = 2 * 1024 * 1024;

/// Reads on where another reader has opened a file, if it is one of one stream of Opus.
pub(super) fn read_on(format: Box<dyn FormatReader>, source: &Tap) -> Format {
    let kept = source.kept();
    match OggOpus::of(&*format, source, kept) {
        Some(own) => Format::Ogg(Box::new(own)),
        None => Format::Library(format),
    }
}

/// Where the sound of a page is in time.
#[derive(Clone, Copy)]
struct Place {
    number: u32,
    end: Option<Timestamp>,
}

pub(super) struct OggOpus {
    pages: Pages,
    tracks: Vec<Track>,
    media: MediaInfo,
    log: MetadataLog,
    serial: u32,
    /// Where its sound begins, in a file that can be wound.
    begin: u64,
    /// What is read is before the sound.
    before: bool,
    /// The page that comes is the first with sound.
    fresh: bool,
    /// The next packet of the page, where it begins, and its time.
    next: usize,
    from: usize,
    time: Timestamp,
    /// The time of the page's end.
    end: Timestamp,
    /// The beginning of a packet that goes on in the next page.
    part: Vec<u8>,
    last: Option<Place>,
    /// The page that was read begins another stream, and nobody could wait for that.
    unfollowed: bool,
    /// Whoever reads what followed, where that is something else.
    other: Option<Box<dyn FormatReader>>,
}

impl OggOpus {
    fn of(format: &dyn FormatReader, source: &Tap, kept: Option<(u64, Vec<u8>)>) -> Option<Self> {
        let (place, bytes) = kept?;
        let [track] = format.tracks() else { return None };
        let Some(CodecParameters::Audio(parameters)) = &track.codec_params else { return None };
        if format.format_info().format != INFO.format || parameters.codec != CODEC_ID_OPUS {
            return None;
        }
        Some(Self {
            serial: track.id,
            tracks: vec![track.clone()],
            media: MediaInfo::from_tracks(format.tracks()),
            log: MetadataLog::default(),
            begin: place,
            // A file that can be wound was wound to the beginning of its sound; others are read from the beginning of the stream.
            before: place == 0 || bytes.get(5).is_some_and(|flags| flags & 2 != 0),
            fresh: true,
            next: 0,
            from: 0,
            time: Timestamp::ZERO,
            end: Timestamp::ZERO,
            part: Vec::new(),
            last: None,
            unfollowed: false,
            other: None,
            pages: Pages::new(source.clone(), place, bytes),
        })
    }

    /// Goes to the next page, or on with one that begins another stream.
    fn turn(&mut self, waits: bool) -> Result<()> {
        if !std::mem::take(&mut self.unfollowed) {
            self.pages.next()?;
        }
        self.take(waits)
    }

    /// Takes the packets of the page that was read.
    fn take(&mut self, waits: bool) -> Result<()> {
        let head = self.pages.head;
        (self.next, self.from) = (self.pages.count(), 0);
        if head.is_first() && !self.before {
            self.unfollowed = !waits;
            return if waits { self.follow() } else { Err(not_now()) };
        }
        if head.serial != self.serial {
            return Ok(());
        }
        if self.before {
            self.pass_heads();
            return Ok(());
        }
        let last = self.last;
        // A gap: what was begun has no end.
        if last.is_some_and(|last| last.number.checked_add(1) != Some(head.number) && last.number != head.number)
            || !head.continues()
        {
            self.part.clear();
        }
        self.last = Some(Place { number: head.number, end: last.and_then(|last| last.end) });
        (self.next, self.from) = (0, 0);
        if head.continues() && self.part.is_empty() {
            // Of the first packet there is only the end.
            let Some((_, from)) = self.pages.packet(0, 0) else { return Ok(()) };
            (self.next, self.from) = (1, from);
        }
        let whole = self.pages.count() > self.next;
        if whole {
            self.end = Timestamp::new(head.granule);
            self.time = match last.and_then(|last| last.end) {
                Some(end) => end,
                None => self.begins(),
            };
            self.last = Some(Place { number: head.number, end: Some(self.end) });
            self.fresh = false;
        }
        let rest = self.pages.rest();
        if rest.is_empty() {
            return Ok(());
        }
        // What began in this page follows the packets that end in it; what began earlier has none before it.
        if whole {
            return Ok(());
        }
        self.part.extend_from_slice(rest);
        if self.part.len() > MOST_PACKET {
            self.part = Vec::new();
            return decode_error("ogg: very long packet");
        }
        Ok(())
    }

    /// The time of the first packet of a page before which none is known.
    fn begins(&self) -> Timestamp {
        let mut length = length(&self.part);
        for (number, packet) in self.pages.packets().enumerate() {
            if number >= self.next && (number > 0 || self.part.is_empty()) {
                length = length.saturating_add(self::length(packet));
            }
        }
        let begin = self.end.saturating_sub(length);
        // All of it is in one page: what is more than its end says is not to be heard.
        let only = self.fresh && self.pages.head.is_last();
        if only && begin.is_negative() { Timestamp::ZERO } else { begin }
    }

    /// Passes over what stands before the sound, where the file was read from its beginning.
    fn pass_heads(&mut self) {
        let tags = self.pages.packets().next().is_some_and(|packet| {
            let whole: &[u8] = if self.part.is_empty() { packet } else { &self.part };
            whole.starts_with(b"OpusTags")
        });
        if self.pages.count() > 0 {
            // Whatever else follows them in their page is passed over with them: nothing may be there.
            self.before = !tags;
            self.part.clear();
        } else {
            // Only its name has to be known.
            let room = 8_usize.saturating_sub(self.part.len());
            let rest = self.pages.rest().iter().take(room).copied().collect::<Vec<u8>>();
            self.part.extend(rest);
        }
    }

    /// A stream behind the stream: it is opened as the first one was.
    fn follow(&mut self) -> Result<()> {
        let place = self.pages.at();
        self.pages.leave();
        let source = self.pages.source.clone();
        source.keep();
        let mut stream = MediaSourceStream::new(Box::new(source.clone()), MediaSourceStreamOptions::default());
        if source.is_seekable() {
            use std::io::{Seek as _, SeekFrom};
            stream.seek(SeekFrom::Start(place))?;
        }
        let format: Box<dyn FormatReader> = match OggReader::try_new(stream, FormatOptions::default()) {
            Ok(format) => Box::new(format),
            Err(error) => {
                self.pages.resume()?;
                return Err(error);
            }
        };
        match Self::of(&*format, &source, source.kept()) {
            Some(own) => *self = own,
            None => self.other = Some(format),
        }
        reset_error()
    }

    /// The next packet, if the page has one: what is known of it, and its bytes.
    fn cut(&mut self) -> Option<(Packet, Bytes)> {
        let (bytes, from) = self.pages.packet(self.next, self.from)?;
        let data = if self.part.is_empty() {
            self.pages.share(bytes)
        } else {
            self.part.extend_from_slice(bytes);
            std::mem::take(&mut self.part).into_boxed_slice().into()
        };
        self.next += 1;
        self.from = from;
        // What begins behind the last one.
        if self.next == self.pages.count() {
            self.part.extend_from_slice(self.pages.rest());
        }
        let whole = length(&data);
        let (begin, end) = (self.time, self.time.saturating_add(whole));
        self.time = end;
        let trim = if end > self.end { self.end.abs_delta(end).min(whole) } else { Duration::ZERO };
        let packet = PacketBuilder::new().track_id(self.serial).pts(begin).dur(whole.saturating_sub(trim));
        Some((packet.data(Vec::new()).trim_end(trim).build(), data))
    }

    /// The next packet, and its bytes where they are a part of a page.
    pub(super) fn next_part(&mut self, waits: bool) -> Result<Option<(Packet, Bytes)>> {
        if let Some(other) = &mut self.other {
            if !waits {
                return Err(not_now());
            }
            return Ok(other.next_packet()?.map(|packet| (packet, Bytes::new())));
        }
        loop {
            if let Some(cut) = self.cut() {
                return Ok(Some(cut));
            }
            match self.turn(waits) {
                Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
                turned => turned?,
            }
        }
    }

    /// A page of this stream with the beginning of a packet, from a place on.
    fn look(&mut self, place: u64) -> Result<()> {
        self.pages.go(place)?;
        loop {
            self.pages.next()?;
            let head = self.pages.head;
            if head.serial == self.serial && !head.continues() {
                self.fresh = self.pages.at() == self.begin;
                return Ok(());
            }
            if self.pages.at().saturating_sub(place) > MOST_OTHER {
                return seek_error(SeekErrorKind::OutOfRange);
            }
        }
    }

    /// Goes to the last packet that ends no earlier than a time.
    fn wind(&mut self, wanted: Timestamp) -> Result<SeekedTo> {
        if self.pages.source.is_seekable() {
            let Some(length) = self.pages.source.byte_len() else { return decode_error("ogg: no end is known") };
            let (mut low, mut high, mut found) = (self.begin, length.max(self.begin), false);
            while !found && high - low > 2 * MOST_PAGE {
                let middle = low.midpoint(high);
                if self.look(middle).is_err() {
                    high = middle;
                    continue;
                }
                self.part.clear();
                (self.next, self.end) = (0, Timestamp::new(self.pages.head.granule));
                if wanted < self.begins() {
                    high = middle;
                } else if wanted > self.end {
                    low = middle;
                } else {
                    // Its page is the one that was read last.
                    found = true;
                }
            }
            if !found {
                self.look(low).map_err(|_| Error::SeekError(SeekErrorKind::OutOfRange))?;
            }
            self.part.clear();
            (self.last, self.unfollowed) = (None, false);
            self.take(true)?;
        }
        loop {
            let before = (self.next, self.from, self.time, self.part.clone());
            match self.cut() {
                Some((packet, _)) if packet.pts.saturating_add(packet.dur) < wanted => {}
                Some((packet, _)) => {
                    // It is the first that is given.
                    (self.next, self.from, self.time, self.part) = before;
                    return Ok(SeekedTo { track_id: self.serial, actual_ts: packet.pts, required_ts: wanted });
                }
                None => match self.turn(true) {
                    Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                        return seek_error(SeekErrorKind::OutOfRange);
                    }
                    read => read?,
                },
            }
        }
    }
}

/// How long a packet sounds.
fn length(packet: &[u8]) -> Duration {
    Duration::new(frames(packet).and_then(|frames| u64::try_from(frames).ok()).unwrap_or_default())
}

impl FormatReader for OggOpus {
    fn format_info(&self) -> &FormatInfo {
        self.other.as_ref().map_or(&INFO, |other| other.format_info())
    }

    fn media_info(&self) -> &MediaInfo {
        self.other.as_ref().map_or(&self.media, |other| other.media_info())
    }

    fn metadata(&mut self) -> Metadata<'_> {
        match &mut self.other {
            Some(other) => other.metadata(),
            None => self.log.metadata(),
        }
    }

    fn tracks(&self) -> &[Track] {
        self.other.as_ref().map_or(&self.tracks, |other| other.tracks())
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        let Some((mut packet, part)) = self.next_part(true)? else { return Ok(None) };
        if !part.is_empty() {
            packet.data = part.as_ref().into();
        }
        Ok(Some(packet))
    }

    fn seek(&mut self, mode: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        if let Some(other) = &mut self.other {
            return other.seek(mode, to);
        }
        let Some(track) = self.tracks.first() else { return seek_error(SeekErrorKind::Unseekable) };
        let wanted = match to {
            SeekTo::Timestamp { ts, .. } => Some(ts),
            SeekTo::Time { time, .. } => track.time_base.and_then(|base| base.calc_timestamp(time)),
        };
        let last = track.num_frames.and_then(|frames| track.start_ts.checked_add(Duration::new(frames)));
        match wanted.filter(|wanted| *wanted >= track.start_ts && last.is_none_or(|last| *wanted <= last)) {
            Some(wanted) => self.wind(wanted),
            None => seek_error(SeekErrorKind::OutOfRange),
        }
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        match self.other {
            Some(other) => other.into_inner(),
            None => MediaSourceStream::new(Box::new(self.pages.source), MediaSourceStreamOptions::default()),
        }
    }
}
