//! A body with files, cut anywhere.

#![no_main]

use guildhall_wire::multipart::{Decoder, Event, Head, Violation};
use libfuzzer_sys::fuzz_target;

/// Parts with their contents.
fn read(body: &[u8], size: usize) -> Result<Vec<(Head, Vec<u8>)>, Violation> {
    let mut decoder = Decoder::new("multipart/form-data; boundary=b").expect("it has a boundary");
    let (mut parts, mut open) = (Vec::new(), None);
    for piece in body.chunks(size) {
        decoder.feed(piece);
        while let Some(event) = decoder.next()? {
            match event {
                Event::Part(head) => open = Some((head, Vec::new())),
                Event::Content(bytes) => open.as_mut().expect("a head first").1.extend_from_slice(&bytes),
                Event::End => parts.push(open.take().expect("a head first")),
            }
        }
    }
    decoder.finish().map(|()| parts)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    assert_eq!(read(rest, usize::from(first).max(1)), read(rest, rest.len().max(1)), "the cut does not matter");
    if let Ok(kind) = std::str::from_utf8(rest) {
        let _ = Decoder::new(kind);
    }
});
