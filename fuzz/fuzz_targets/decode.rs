//! A file of any format, played, wound and played on.

#![no_main]

use guildhall_lavalink::testing::decode_all;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((seek, file)) = bytes.split_first_chunk::<2>() else { return };
    // Where it is wound to, in milliseconds, and at most some seconds of sound: an error is an answer, a panic is none.
    let seek = u64::from(u16::from_le_bytes(*seek));
    let _ = decode_all(file.to_vec(), seek, 1 << 20);
});
