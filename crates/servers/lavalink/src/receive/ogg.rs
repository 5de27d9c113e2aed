//! Packets of Opus as a file: Ogg (RFC 3533) with Opus in it (RFC 7845).

use guildhall_audio::opus::frames;

use crate::voice::Voiced;

/// Whose stream it is; a file has only one.
const SERIAL: u32 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;
/// Segments of a page, each of 255 bytes at most.
const MOST_SEGMENTS: usize = 255;
/// What a packet that is missing would have been: 20 ms.
const MISSING: u64 = 960;

/// Writes a file. What is missing is missing in its times too, so it is as long as it took.
pub(super) fn file(packets: &[Voiced]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut number = 0;
    // Version 1, two channels, nothing to be skipped, 48 kHz, no gain, mapping 0.
    let head = [&b"OpusHead\x01\x02\0\0"[..], &48_000_u32.to_le_bytes(), &[0; 3]].concat();
    page(&mut out, &mut number, FIRST, 0, &[&head]);
    let vendor = b"guildhall";
    let tags = [&b"OpusTags"[..], &[9, 0, 0, 0], vendor, &[0; 4]].concat();
    page(&mut out, &mut number, 0, 0, &[&tags]);
    let (mut waiting, mut segments, mut granule) = (Vec::<&[u8]>::new(), 0, 0);
    let packets = packets.iter().filter_map(|voiced| Some((voiced, u64::try_from(frames(&voiced.opus)?).ok()?)));
    for (voiced, length) in packets {
        let more = voiced.opus.len() / 255 + 1;
        // A second of sound, or as much as a page can have.
        if segments + more > MOST_SEGMENTS || waiting.len() >= 50 {
            page(&mut out, &mut number, 0, granule, &waiting);
            waiting.clear();
            segments = 0;
        }
        granule += u64::from(voiced.lost) * MISSING + length;
        segments += more;
        waiting.push(&voiced.opus);
    }
    page(&mut out, &mut number, LAST, granule, &waiting);
    out
}

fn page(out: &mut Vec<u8>, number: &mut u32, kind: u8, granule: u64, packets: &[&[u8]]) {
    let mut lengths = Vec::new();
    for packet in packets {
        lengths.extend(packet.chunks_exact(255).map(|_| 255_u8));
        lengths.push(u8::try_from(packet.len() % 255).unwrap_or_default());
    }
    let count = u8::try_from(lengths.len()).unwrap_or(u8::MAX);
    let head = |sum: u32| {
        let (serial, number) = (SERIAL.to_le_bytes(), number.to_le_bytes());
        [&b"OggS\0"[..], &[kind], &granule.to_le_bytes(), &serial, &number, &sum.to_le_bytes(), &[count]].concat()
    };
    let body = [&lengths[..], &packets.concat()].concat();
    let sum = [head(0), body.clone()].concat().iter().fold(0, |sum, byte| add(sum, *byte));
    out.extend(head(sum));
    out.extend(body);
    *number += 1;
}

/// The page's checksum, one byte on.
fn add(sum: u32, byte: u8) -> u32 {
    (0..8).fold(sum ^ (u32::from(byte) << 24), |sum, _| {
        let carry = if sum & (1 << 31) == 0 { 0 } else { 0x04c1_1db7 };
        (sum << 1) ^ carry
    })
}
