//! Frames against tungstenite's, whole and in pieces, and bytes that are no frames.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::*;

fn masked(opcode: OpCode, last: bool, payload: &[u8]) -> Vec<u8> {
    let mut frame = match opcode {
        OpCode::Control(_) => Frame::ping(payload.to_vec()),
        OpCode::Data(_) => Frame::message(payload.to_vec(), opcode, last),
    };
    frame.header_mut().mask = Some([1, 2, 3, 4]);
    let mut bytes = Vec::new();
    frame.format(&mut bytes).unwrap();
    bytes
}

/// Everything that comes out when the bytes come in pieces of `size`.
fn decode(bytes: &[u8], size: usize, limit: usize) -> Result<Vec<Message>, Violation> {
    let mut decoder = Decoder::new(limit);
    let mut messages = Vec::new();
    for piece in bytes.chunks(size.max(1)) {
        decoder.feed(piece);
        while let Some(message) = decoder.next()? {
            messages.push(message);
        }
    }
    Ok(messages)
}

#[test]
fn the_key_of_the_standard() {
    assert_eq!(accept(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn fragments_with_a_ping_between() {
    let bytes = [
        masked(OpCode::Data(Data::Text), false, b"one "),
        masked(OpCode::Control(Control::Ping), true, b"p"),
        masked(OpCode::Data(Data::Continue), true, b"two"),
    ]
    .concat();
    let messages = decode(&bytes, 3, 100).unwrap();
    assert_eq!(messages, [Message::Piece, Message::Ping(b"p".to_vec()), Message::Data(b"one two".to_vec())]);
}

#[test]
fn violations() {
    let mut unmasked = Vec::new();
    write_frame(&mut unmasked, Opcode::Text, b"{}");
    let large = masked(OpCode::Data(Data::Text), true, &[b' '; 101]);
    let fragments =
        [masked(OpCode::Data(Data::Text), false, &[b' '; 60]), masked(OpCode::Data(Data::Continue), true, &[b' '; 60])]
            .concat();
    let huge = [0x81, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0].to_vec();
    for (bytes, want) in [
        (unmasked, Violation::Protocol),
        (large, Violation::TooLarge),
        (fragments, Violation::TooLarge),
        (huge, Violation::TooLarge),
        (masked(OpCode::Data(Data::Continue), true, b"x"), Violation::Protocol),
        (vec![0xc1, 0x80, 0, 0, 0, 0], Violation::Protocol),
        (vec![0x83, 0x80, 0, 0, 0, 0], Violation::Protocol),
        (vec![0x08, 0x80, 0, 0, 0, 0], Violation::Protocol),
        (vec![0x88, 0x81, 0, 0, 0, 0, 1], Violation::Protocol),
    ] {
        for size in [1, bytes.len()] {
            assert_eq!(decode(&bytes, size, 100), Err(want), "{:?}", bytes.get(..10));
        }
    }
}

proptest! {
    #[test]
    fn messages_survive_any_cut(
        payloads in prop::collection::vec(prop_oneof![9 => prop::collection::vec(any::<u8>(), 0..600), 1 => Just(vec![9; 70_000])], 0..4),
        size in 1_usize..5000,
    ) {
        let bytes: Vec<u8> = payloads.iter().flat_map(|payload| masked(OpCode::Data(Data::Binary), true, payload)).collect();
        let messages = decode(&bytes, size, 100_000).unwrap();
        let got: Vec<Vec<u8>> = messages.into_iter().map(|message| match message {
            Message::Data(payload) => payload,
            other => panic!("{other:?}"),
        }).collect();
        prop_assert_eq!(got, payloads);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512), size in 1_usize..64) {
        let _ = decode(&bytes, size, 128);
    }

    #[test]
    fn headers_are_those_of_tungstenite(length in prop_oneof![0_usize..300, 65_000_usize..66_000]) {
        let payload = vec![7; length];
        let mut ours = Vec::new();
        write_frame(&mut ours, Opcode::Binary, &payload);
        let mut theirs = Vec::new();
        Frame::message(payload, OpCode::Data(Data::Binary), true).format(&mut theirs).unwrap();
        prop_assert_eq!(ours, theirs);
    }
}
