//! Opus packets, taken out of their container whole where a voice channel can have them as they are.

use guildhall_audio::opus::{Decoder, LONGEST, frames};
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

use crate::source::{Block, Read};

/// Longest packet that is passed on: the longest frame of 20 ms and its first byte.
const MOST_PACKET: usize = 1276;

/// One track of Opus.
#[derive(Default)]
pub(super) struct Opus {
    decoder: Option<Decoder>,
}

impl Opus {
    /// Passes a packet of 20 ms on, and decodes any other. Packets that a container says are not to be heard are left out.
    pub(super) fn read(&mut self, packet: &Packet, block: &mut Block) -> Result<Option<Read>, Error> {
        let data = &packet.data;
        if packet.dur.is_zero() && !(packet.trim_start.is_zero() && packet.trim_end.is_zero()) {
            return Ok(None);
        }
        let length = frames(data).ok_or(Error::DecodeError("opus: no packet"))?;
        if length == 960 && data.len() <= MOST_PACKET {
            block.packet.clear();
            block.packet.extend_from_slice(data);
            return Ok(Some(Read::Opus));
        }
        let wrong = |_| Error::DecodeError("opus: a packet cannot be decoded");
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            None => self.decoder.insert(Decoder::new().map_err(wrong)?),
        };
        block.samples.resize(LONGEST * 2, 0.0);
        let decoded = decoder.decode(data, &mut block.samples).map_err(wrong)?;
        let trim = |duration: symphonia::core::units::Duration| usize::try_from(duration.get()).unwrap_or_default();
        // Containers count in units of their own; those of Ogg are samples.
        let (start, end) = if packet.dur.get() + packet.trim_start.get() + packet.trim_end.get() == length as u64 {
            (trim(packet.trim_start), trim(packet.trim_end))
        } else {
            (0, 0)
        };
        block.samples.truncate(decoded.saturating_sub(end) * 2);
        block.samples.drain(..(start * 2).min(block.samples.len()));
        (block.rate, block.channels) = (48_000, 2);
        Ok((!block.samples.is_empty()).then_some(Read::Pcm))
    }
}
