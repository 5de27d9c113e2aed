//! Bodies that are too large, too deep, or compressed to look small.

use std::iter::{once, repeat_n};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write as _;

use super::{MIB, Neighbour, shout, stage};
use crate::stage::Stage;

const HUNDRED: usize = 100_000_000;
const PIECE: usize = 64 * 1024;

fn head(method: &str, path: &str, token: &str, kind: &str, rest: &str) -> String {
    format!(
        "{method} /api/v10{path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\ncontent-type: {kind}\r\n{rest}\r\n\r\n"
    )
}

/// The pieces of a body of a hundred megabytes that begins like this, of a known length or in chunks.
fn body(head: String, begin: &str, chunked: bool) -> impl Iterator<Item = Vec<u8>> + use<> {
    let filler = if chunked {
        [format!("{PIECE:x}\r\n").into_bytes(), vec![b'a'; PIECE], b"\r\n".to_vec()].concat()
    } else {
        vec![b'a'; PIECE]
    };
    let begin = if chunked { format!("{:x}\r\n{begin}\r\n", begin.len()) } else { begin.to_owned() };
    once(head.into_bytes()).chain(once(begin.into_bytes())).chain(repeat_n(filler, HUNDRED / PIECE))
}

#[tokio::test]
async fn hundred_megabytes_are_refused_early() {
    let stage = Arc::new(stage().await);
    let neighbour = Neighbour::new(&stage).await;
    stage.process.forget_peak();
    let before = stage.process.memory();
    let token = stage.member.token.clone().unwrap();
    let messages = format!("/channels/{}/messages", stage.channel);
    let multipart = "multipart/form-data; boundary=b";
    let part = |about: &str| format!("--b\r\ncontent-disposition: form-data; {about}\r\n\r\n");
    // Path, kind, beginning, and how much may be taken before it is refused.
    let cases = [
        ("POST", messages.clone(), "application/json", "{\"content\":\"".to_owned(), 4 * MIB),
        ("POST", "/auth/login".into(), "application/json", "{\"login\":\"".into(), 4 * MIB),
        ("PATCH", "/users/@me".into(), "application/json", "{\"avatar\":\"".into(), 12 * MIB),
        ("POST", messages.clone(), multipart, part("name=\"payload_json\""), 4 * MIB),
        ("POST", messages.clone(), multipart, part("name=\"unknown\""), 4 * MIB),
        ("POST", messages.clone(), multipart, "--b\r\ncontent-disposition: ".into(), 4 * MIB),
        ("POST", messages, multipart, part("name=\"files[0]\"; filename=\"a.bin\""), 32 * MIB),
    ];
    let mut shouting = Vec::new();
    for (method, path, kind, begin, most) in cases {
        for chunked in [false, true] {
            let rest = if chunked {
                "transfer-encoding: chunked".to_owned()
            } else {
                format!("content-length: {}", begin.len() + HUNDRED / PIECE * PIECE)
            };
            let head = head(method, &path, &token, kind, &rest);
            let (stage, pieces, path) = (stage.clone(), body(head, &begin, chunked), path.clone());
            shouting.push(tokio::spawn(async move {
                let heard = shout(&stage, pieces).await;
                heard.refused(&[400, 413]);
                // The kernel's buffers take some that nobody reads.
                assert!(heard.sent < most + 8 * MIB, "{path} took {} bytes: {}", heard.sent, heard.answer);
            }));
        }
    }
    for shout in shouting {
        shout.await.unwrap();
    }
    neighbour.was_served().await;
    let grown = stage.process.peak().saturating_sub(before);
    assert!(grown < 128 * MIB, "{} MiB more", grown / MIB);
    // Nothing of what was refused stays on the disk.
    let left: u64 = stage.files().iter().map(|file| file.metadata().map_or(0, |about| about.len())).sum();
    assert!(left < MIB, "{left} bytes are left");
}

#[tokio::test]
async fn compressed_bodies_are_not_inflated() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    stage.process.forget_peak();
    let before = stage.process.memory();
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..200 {
        bomb.write_all(&vec![b' '; usize::try_from(MIB).unwrap()]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let rest = format!("content-encoding: {encoding}\r\nconnection: close\r\ncontent-length: {}", bomb.len());
        let path = format!("/channels/{}/messages", stage.channel);
        let head = head("POST", &path, stage.member.token.as_deref().unwrap(), "application/json", &rest);
        let heard = shout(&stage, [head.into_bytes(), bomb.clone()]).await;
        heard.refused(&[400, 413, 415]);
        assert!(!heard.answer.is_empty());
    }
    neighbour.was_served().await;
    let grown = stage.process.peak().saturating_sub(before);
    assert!(grown < 64 * MIB, "{} MiB more", grown / MIB);
}

#[tokio::test]
async fn deep_json_is_refused() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    let objects = |depth: usize| ["{\"a\":".repeat(depth), "1".into(), "}".repeat(depth)].concat();
    let nested = |depth: usize| {
        // Components may stand in components.
        ["{\"type\":17,\"components\":[".repeat(depth), "]}".repeat(depth)].concat()
    };
    for depth in [200, 10_000, 200_000] {
        let texts = [
            deep(depth),
            "[".repeat(depth),
            objects(depth),
            format!("{{\"content\":\"x\",\"unknown\":{}}}", deep(depth)),
            format!("{{\"content\":\"x\",\"embeds\":{}}}", deep(depth)),
            format!("{{\"content\":\"x\",\"components\":{}}}", deep(depth)),
            format!("{{\"content\":\"x\",\"components\":[{}]}}", nested(depth)),
            format!("{{\"content\":\"x\",\"nonce\":{}}}", objects(depth)),
        ];
        for text in texts {
            for (method, path) in places(&stage) {
                let rest = format!("connection: close\r\ncontent-length: {}", text.len());
                let head = head(method, &path, stage.owner.token.as_deref().unwrap(), "application/json", &rest);
                let heard = shout(&stage, [head.as_bytes(), text.as_bytes()]).await;
                // What nobody knows may be passed over.
                heard.refused(&[200, 201, 204, 400, 413]);
                assert!(!heard.answer.is_empty(), "{method} {path} is not answered");
            }
        }
    }
    // Whatever was kept can be read.
    let path = format!("/channels/{}/messages?limit=100", stage.channel);
    assert!(stage.owner.get(&path).await.ok(200).is_array());
    stage.owner.get("/users/@me/settings").await;
    neighbour.was_served().await;
}

/// Where JSON goes.
fn places(stage: &Stage) -> [(&'static str, String); 5] {
    [
        ("POST", format!("/channels/{}/messages", stage.channel)),
        ("PATCH", format!("/channels/{}", stage.channel)),
        ("PATCH", format!("/guilds/{}", stage.guild)),
        ("PUT", format!("/applications/{}/commands", stage.bot)),
        ("POST", "/interactions".to_owned()),
    ]
}

#[tokio::test]
async fn bodies_that_are_no_bodies_are_refused() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    let path = format!("/channels/{}/messages", stage.channel);
    let token = stage.member.token.clone().unwrap();
    let endless = "--b\r\n".repeat(100_000);
    let no_end = "--b\r\ncontent-disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"x\"}";
    let many = "--b\r\ncontent-disposition: form-data; name=\"content\"\r\n\r\nx\r\n".repeat(50_000);
    let files = "--b\r\ncontent-disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nx\r\n".repeat(2_000);
    let named =
        format!("--b\r\ncontent-disposition: form-data; name=\"{}\"\r\n\r\nx\r\n--b--\r\n", "n".repeat(100_000));
    let cases = [
        ("multipart/form-data; boundary=b", endless),
        ("multipart/form-data; boundary=b", no_end.to_owned()),
        ("multipart/form-data; boundary=b", many),
        ("multipart/form-data; boundary=b", files),
        ("multipart/form-data; boundary=b", named),
        ("multipart/form-data", "--b--".to_owned()),
        ("multipart/form-data; boundary=", "--".to_owned()),
        ("application/json", "{\"content\":\"\\ud800\"}".to_owned()),
        ("application/json", "\u{feff}{}".to_owned()),
        ("application/json", json!({ "content": "x".repeat(1_000_000) }).to_string()),
        ("text/plain", "hello".to_owned()),
    ];
    for (kind, text) in cases {
        let rest = format!("connection: close\r\ncontent-length: {}", text.len());
        let head = head("POST", &path, &token, kind, &rest);
        let heard = shout(&stage, [head.as_bytes(), text.as_bytes()]).await;
        heard.refused(&[400, 413, 415]);
        assert!(!heard.answer.starts_with("HTTP/1.1 5"), "{heard:?}");
    }
    // Two lengths, or both ways of telling one, are how proxies are fooled.
    for rest in ["content-length: 2\r\ncontent-length: 3", "content-length: -1", "transfer-encoding: gzip, chunked, x"]
    {
        let head = head("POST", &path, &token, "application/json", rest);
        let heard = shout(&stage, [head.as_bytes(), b"{}"]).await;
        heard.refused(&[400, 411, 501]);
    }
    neighbour.was_served().await;
}
