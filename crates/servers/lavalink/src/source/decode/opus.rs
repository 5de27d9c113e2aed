//! Opus packets, taken out of their container whole where a voice channel can have them as they are.

use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

use crate::source::{Block, Read};

/// Longest packet that is passed on: the longest frame of 20 ms, its first byte, and what fits a datagram.
const MOST_PACKET: usize = 1276;

/// Passes a packet of 20 ms on.
pub(super) fn read(packet: &Packet, block: &mut Block) -> Result<Option<Read>, Error> {
    let data = &packet.data;
    let whole = packet.dur.is_zero() && !(packet.trim_start.is_zero() && packet.trim_end.is_zero());
    if whole {
        return Ok(None);
    }
    if samples(data) == Some(960) && data.len() <= MOST_PACKET {
        block.packet.clear();
        block.packet.extend_from_slice(data);
        return Ok(Some(Read::Opus));
    }
    Err(Error::Unsupported("Opus in packets of other than 20 ms"))
}

/// How many samples at 48 kHz a packet has, if it is one.
fn samples(packet: &[u8]) -> Option<u32> {
    let (toc, rest) = packet.split_first()?;
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880].get(usize::from(config % 4)),
        config @ 12..16 => [480, 960].get(usize::from(config % 2)),
        config => [120, 240, 480, 960].get(usize::from(config % 4)),
    }?;
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(rest.first()? & 0x3f),
    };
    Some(frame * frames).filter(|samples| (1..=5760).contains(samples))
}
