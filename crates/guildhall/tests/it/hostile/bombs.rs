//! Pictures and archives that are small on the wire and huge in memory.

use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use serde_json::json;

use super::{MIB, Neighbour, stage};

/// What decoding pictures may take at once, and a little.
const MOST: u64 = 700 * MIB;

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(body);
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes()[..], kind, body, &crc.sum().to_be_bytes()].concat()
}

/// A picture that says it is this large, with that many bytes of nothing.
fn png(side: u32, zeros: usize) -> Vec<u8> {
    let mut data = ZlibEncoder::new(Vec::new(), Compression::fast());
    let piece = vec![0; 1 << 16];
    for _ in 0..zeros >> 16 {
        data.write_all(&piece).unwrap();
    }
    let head = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &data.finish().unwrap()), chunk(b"IEND", &[])]
        .concat()
}

/// An animation with a screen of that size and that many frames of one pixel.
fn gif(side: u16, frames: usize) -> Vec<u8> {
    let [low, high] = side.to_le_bytes();
    let head = [b"GIF89a", &[low, high, low, high, 0x80, 0, 0, 0, 0, 0, 255, 255, 255][..]].concat();
    let frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    [head, frame.repeat(frames), vec![0x3b]].concat()
}

/// A text chunk that inflates without end.
fn text_bomb() -> Vec<u8> {
    let mut data = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..100 {
        data.write_all(&vec![b'a'; 1 << 20]).unwrap();
    }
    let text = [b"Comment\0\0".to_vec(), data.finish().unwrap()].concat();
    let whole = png(1, 1 << 16);
    [&whole[..33], &chunk(b"zTXt", &text), &chunk(b"iCCP", &text), &whole[33..]].concat()
}

/// An archive with one file of a hundred megabytes.
fn zip() -> Vec<u8> {
    let mut data = DeflateEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..100 {
        data.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let data = data.finish().unwrap();
    let mut head = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    head.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    head.extend((100_u32 << 20).to_le_bytes());
    [head, b"\x05\0\0\0zeros".to_vec(), data].concat()
}

#[tokio::test]
async fn bombs_do_not_go_off() {
    let stage = Arc::new(stage().await);
    let neighbour = Neighbour::new(&stage).await;
    stage.process.forget_peak();
    let before = stage.process.memory();
    let bombs: Vec<(&str, &str, Vec<u8>)> = vec![
        ("huge.png", "image/png", png(60_000, 64 << 20)),
        ("large.png", "image/png", png(4_000, 4_000 * 4_001 * 4)),
        ("max.png", "image/png", png(u32::MAX >> 1, 1 << 16)),
        ("screen.gif", "image/gif", gif(u16::MAX, 1)),
        ("frames.gif", "image/gif", gif(1_000, 50_000)),
        ("text.png", "image/png", text_bomb()),
        ("zeros.zip", "application/zip", zip()),
    ];
    let mut setting_off = Vec::new();
    for (name, kind, bytes) in bombs {
        let stage = stage.clone();
        setting_off.push(tokio::spawn(async move {
            let path = format!("/channels/{}/messages", stage.channel);
            let body = json!({ "content": name });
            let sent = stage.member.upload(&path, &[("files[0]", name, &bytes)], &body, true).await;
            // It is a file like any other.
            let sent = sent.ok(200);
            let url = sent["attachments"][0]["url"].as_str().unwrap().to_owned();
            assert_eq!(sent["attachments"][0]["size"], bytes.len(), "{name}");
            for preview in ["", "&width=64&height=64", "&format=webp&width=4096&height=4096"] {
                let (status, _) = stage.member.fetch(&format!("{url}{preview}")).await;
                assert!(status < 500, "{name}{preview}: {status}");
            }
            let picture = format!("data:{kind};base64,{}", STANDARD.encode(&bytes));
            let guild = format!("/guilds/{}", stage.guild);
            let emoji = json!({ "name": "bomb", "image": picture, "roles": [] });
            for (method, path, body) in [
                ("PATCH", "/users/@me", json!({ "avatar": picture })),
                ("PATCH", guild.as_str(), json!({ "icon": picture })),
                ("POST", &format!("{guild}/emojis"), emoji),
            ] {
                let answer = stage.owner.ask(method, path, Some(body)).await;
                assert!([200, 201, 400, 413].contains(&answer.status), "{method} {path} {name}: {answer:?}");
            }
        }));
    }
    for bomb in setting_off {
        bomb.await.unwrap();
    }
    let peak = stage.process.peak().saturating_sub(before);
    assert!(peak < MOST, "{} MiB more", peak / MIB);
    neighbour.was_served().await;
}
