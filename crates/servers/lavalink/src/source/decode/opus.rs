//! Opus packets, taken out of their container whole: where they are of 20 ms a voice channel can have them as they are, and
//! who needs samples decodes them.

use bytes::Bytes;
use guildhall_audio::opus::{PACKET, frames};
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

use crate::source::{Block, Read};

/// Longest packet: six frames, and what it says of their lengths.
const MOST_PACKET: usize = 6 * PACKET + 16;

/// The loudest and the softest gain that is believed, in decibels.
const GAINS: std::ops::RangeInclusive<f32> = -60.0..=30.0;

/// The gain in a file's head, in decibels (RFC 7845, section 5.1): 256ths of one.
pub(super) fn gain(head: Option<&[u8]>) -> f32 {
    let gain = head.filter(|head| head.starts_with(b"OpusHead")).and_then(|head| head.get(16..)?.first_chunk::<2>());
    let gain = gain.map_or(0.0, |gain| f32::from(i16::from_le_bytes(*gain)) / 256.0);
    gain.clamp(*GAINS.start(), *GAINS.end())
}

/// Takes a packet, of whatever length: files change theirs on the way. Its bytes are those of a part, if there is one. Those that a
/// container says are not to be heard are left out.
pub(super) fn read(packet: &mut Packet, part: Bytes, block: &mut Block) -> Result<Option<Read>, Error> {
    if packet.dur.is_zero() && !(packet.trim_start.is_zero() && packet.trim_end.is_zero()) {
        return Ok(None);
    }
    let bytes = if part.is_empty() { std::mem::take(&mut packet.data).into() } else { part };
    if bytes.len() > MOST_PACKET || frames(&bytes).is_none() {
        return Err(Error::DecodeError("opus: no packet"));
    }
    block.packet = bytes;
    Ok(Some(Read::Opus))
}
