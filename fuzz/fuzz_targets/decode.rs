//! A file of any format, played, wound and played on.

#![no_main]

use std::panic;
use std::sync::Once;

use guildhall_lavalink::testing::decode_all;
use libfuzzer_sys::fuzz_target;

static QUIET: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    // A codec that panics is the end of its track and no finding: only a panic that comes through is one.
    QUIET.call_once(|| panic::set_hook(Box::new(|_| {})));
    let Some((seek, file)) = bytes.split_first_chunk::<2>() else { return };
    // Where it is wound to, in milliseconds, and at most some seconds of sound: an error is an answer, a panic is none.
    let seek = u64::from(u16::from_le_bytes(*seek));
    let _ = decode_all(file.to_vec(), seek, 1 << 20);
});
