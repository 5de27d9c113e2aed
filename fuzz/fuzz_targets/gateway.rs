//! A client's bytes after the handshake: frames, what is in them, and the query that it came with.

#![no_main]
#![allow(dead_code, reason = "the server's half of the framing is not used here")]

use guildhall_session::Opening;
use guildhall_wire::gateway::ClientFrame;
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/servers/gateway/src/websocket.rs"]
mod websocket;

use websocket::{Decoder, Message, Violation};

const LIMIT: usize = 64 * 1024;

/// Everything that the bytes say, in pieces of that size.
fn read(bytes: &[u8], size: usize) -> (Vec<Message>, Option<Violation>) {
    let (mut decoder, mut messages) = (Decoder::new(LIMIT), Vec::new());
    for piece in bytes.chunks(size) {
        decoder.feed(piece);
        loop {
            match decoder.next() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(violation) => return (messages, Some(violation)),
            }
        }
    }
    (messages, None)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let (messages, _) = read(rest, rest.len().max(1));
    let pieces = read(rest, usize::from(first).max(1));
    assert_eq!(pieces.0, messages, "the cut does not matter");
    for message in messages {
        if let Message::Data(data) = message {
            assert!(data.len() <= LIMIT);
            let _ = ClientFrame::read(&data);
        }
    }
    // The same bytes without a frame around.
    let _ = ClientFrame::read(rest);
    if let Ok(query) = std::str::from_utf8(rest) {
        let _ = Opening::read(query);
    }
});
