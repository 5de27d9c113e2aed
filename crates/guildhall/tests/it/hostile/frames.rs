//! Gateway frames that no client would send.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{MIB, Neighbour, stage};
use crate::dice::Dice;
use crate::stage::Stage;

/// A socket after the handshake, without a library between.
async fn open(stage: &Stage, query: &str) -> TcpStream {
    let mut stream = TcpStream::connect(stage.process.address).await.unwrap();
    let head = format!(
        "GET /?{query} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    stream
}

/// A frame as clients send them, masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
        medium @ 126..65_536 => {
            frame.push(0xfe);
            frame.extend(u16::try_from(medium).unwrap().to_be_bytes());
        }
        long => {
            frame.push(0xff);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    let mask = [7, 77, 177, 200];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// The code of the close frame that answers these bytes; none for a connection that was cut.
async fn code(mut stream: TcpStream, bytes: &[u8]) -> Option<u16> {
    let (mut reader, mut writer) = stream.split();
    let answer = async {
        // Frames of the server are whole and not masked.
        loop {
            let first = reader.read_u8().await.ok()?;
            let length = match reader.read_u8().await.ok()? {
                126 => usize::from(reader.read_u16().await.ok()?),
                short => usize::from(short),
            };
            let mut body = vec![0; length];
            reader.read_exact(&mut body).await.ok()?;
            if first == 0x88 {
                return Some(u16::from_be_bytes([body[0], body[1]]));
            }
        }
    };
    let (_, answer) = tokio::join!(writer.write_all(bytes), tokio::time::timeout(super::PATIENCE, answer));
    answer.unwrap_or_else(|_| panic!("no answer to {:02x?}", &bytes[..bytes.len().min(40)]))
}

#[tokio::test]
async fn broken_frames_are_answered_with_their_code() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    let garbage = Dice(7).bytes(2_000);
    let deep = [b"{\"op\":2,\"d\":".to_vec(), b"[".repeat(3_000)].concat();
    let mut bomb = ZlibEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 3_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    let identify = |d: &str| format!("{{\"op\":2,\"d\":{d}}}").into_bytes();
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("not masked", b"\x81\x0a{\"op\":1}  ".to_vec(), 1002),
        ("reserved bits", frame(0xf1, b"{}"), 1002),
        ("an unknown opcode", frame(0x83, b"{}"), 1002),
        ("a control frame in pieces", frame(0x09, b"ping"), 1002),
        ("a control frame that is long", frame(0x89, &[0; 200]), 1002),
        ("a piece of nothing", frame(0x80, b"{}"), 1002),
        ("a message in a message", [frame(0x01, b"{"), frame(0x81, b"}")].concat(), 1002),
        ("half a code", frame(0x88, b"\x03"), 1002),
        ("eight exabytes", b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00".to_vec(), 4002),
        ("a length with its sign", b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00".to_vec(), 4002),
        ("a hundred kilobytes", frame(0x81, &[b' '; 100_000]), 4002),
        ("five kilobytes of a bot", frame(0x81, &[b' '; 5_000]), 4002),
        ("many small pieces", [frame(0x01, &[b' '; 3_000]), frame(0x00, &[b' '; 3_000]).repeat(40)].concat(), 4002),
        ("no text", frame(0x81, b"\xff\xfe\xfd"), 4002),
        ("no JSON", frame(0x81, b"hello"), 4002),
        ("nothing", frame(0x81, b""), 4002),
        ("an array", frame(0x81, b"[1,null]"), 4002),
        ("depths", frame(0x81, &deep), 4002),
        ("no opcode", frame(0x81, b"{\"d\":1}"), 4002),
        ("an opcode of its own", frame(0x81, b"{\"op\":99}"), 4001),
        ("a negative opcode", frame(0x81, b"{\"op\":-1}"), 4001),
        ("a large opcode", frame(0x81, b"{\"op\":99999999999999999999}"), 4002),
        ("an opcode that is text", frame(0x81, b"{\"op\":\"x\"}"), 4002),
        ("garbage", frame(0x82, &garbage), 4002),
        ("garbage that says it is zlib", frame(0x82, &[b"\x78\x9c", garbage.as_slice()].concat()), 4002),
        ("a bomb in zlib", frame(0x82, &bomb), 4002),
        ("the identity of nobody", frame(0x81, &identify("null")), 4002),
        ("a token that is a number", frame(0x81, &identify("{\"token\":1}")), 4002),
        ("a token of nobody", frame(0x81, &identify("{\"token\":\"a.b.c\",\"properties\":{},\"intents\":0}")), 4004),
        ("too early", frame(0x81, b"{\"op\":8,\"d\":{\"guild_id\":1,\"query\":\"\",\"limit\":0}}"), 4003),
    ];
    for query in ["v=10", "v=10&compress=zlib-stream", "v=10&compress=zstd-stream"] {
        for (what, bytes, expected) in &cases {
            assert_eq!(code(open(&stage, query).await, bytes).await, Some(*expected), "{what}, {query}");
        }
    }
    neighbour.was_served().await;
}

#[tokio::test]
async fn bytes_of_chance_end_only_their_own_connection() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    stage.process.forget_peak();
    let before = stage.process.memory();
    let mut dice = Dice(42);
    for round in 0..300 {
        let mut stream = open(&stage, ["v=10", "v=10&compress=zlib-stream"][round % 2]).await;
        let count = 1 + dice.roll(3_000);
        let payload = dice.bytes(count);
        let bytes = match round % 3 {
            0 => payload,
            1 => frame(0x81, &payload),
            // A good frame with one byte changed.
            _ => {
                let mut good = frame(0x81, b"{\"op\":1,\"d\":251}").repeat(3);
                let place = dice.roll(good.len());
                good[place] ^= 1 << dice.roll(8);
                good
            }
        };
        let _ = stream.write_all(&bytes).await;
    }
    neighbour.was_served().await;
    let grown = stage.process.peak().saturating_sub(before);
    assert!(grown < 64 * MIB, "{} MiB more", grown / MIB);
}

#[tokio::test]
async fn a_flood_of_frames_is_cut() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    let flood = frame(0x81, b"{\"op\":1,\"d\":null}").repeat(500);
    assert_eq!(code(open(&stage, "v=10").await, &flood).await, Some(4008));
    let pings = frame(0x89, &[b'p'; 125]).repeat(20_000);
    let mut stream = open(&stage, "v=10").await;
    // Answers that nobody reads are not kept.
    stage.process.forget_peak();
    let before = stage.process.memory();
    let _ = tokio::time::timeout(super::PATIENCE, stream.write_all(&pings)).await;
    let grown = stage.process.peak().saturating_sub(before);
    assert!(grown < 32 * MIB, "{} MiB more", grown / MIB);
    neighbour.was_served().await;
}
