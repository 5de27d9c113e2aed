//! Heads of requests that are too large, or never end.

use std::iter::once;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{MIB, Neighbour, shout, stage};

#[tokio::test]
async fn a_million_bytes_of_head_are_refused() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    stage.process.forget_peak();
    let before = stage.process.memory();
    let line = "GET /api/v10/gateway HTTP/1.1\r\nhost: x\r\n";
    let cases = [
        format!("{line}x-long: {}\r\n\r\n", "a".repeat(1_000_000)),
        format!("{line}{}\r\n", "x-many: aaaaaaaaaaaa\r\n".repeat(45_000)),
        format!("{line}{}: a\r\n\r\n", "x".repeat(1_000_000)),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(1_000_000)),
        format!("GET /api/v10/gateway?{} HTTP/1.1\r\nhost: x\r\n\r\n", "a=b&".repeat(250_000)),
        format!("{line}authorization: Bot {}\r\n\r\n", "a".repeat(1_000_000)),
        format!("{} / HTTP/1.1\r\nhost: x\r\n\r\n", "G".repeat(1_000_000)),
        "\r\n".repeat(500_000),
        "\0".repeat(1_000_000),
    ];
    for case in &cases {
        let heard = shout(&stage, once(case.as_bytes())).await;
        heard.refused(&[400, 414, 431]);
    }
    neighbour.was_served().await;
    let grown = stage.process.peak().saturating_sub(before);
    assert!(grown < 32 * MIB, "{} MiB more", grown / MIB);
}

#[tokio::test]
async fn who_dawdles_is_let_go() {
    let stage = stage().await;
    let neighbour = Neighbour::new(&stage).await;
    let mut dawdling = Vec::new();
    for number in 0..400 {
        let address = stage.process.address;
        let path = format!("/api/v10/channels/{}/messages", stage.channel);
        let token = stage.member.token.clone().unwrap();
        dawdling.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let begin = match number % 3 {
                // A head, a letter at a time.
                0 => "GET /api/v10/gateway HTTP/1.1\r\nhost: x\r\nx-slow: ".to_owned(),
                // A body that was promised, and stands still.
                1 => format!(
                    "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\ncontent-length: 100\r\n\r\n{{"
                ),
                // Nothing at all.
                _ => String::new(),
            };
            stream.write_all(begin.as_bytes()).await.unwrap();
            let mut heard = Vec::new();
            let (mut reader, mut writer) = stream.split();
            let letters = async {
                loop {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    if number % 3 == 0 && writer.write_all(b"a").await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            };
            tokio::select! {
                // Closed or reset: both are an end.
                _ = reader.read_to_end(&mut heard) => {}
                () = letters => {}
                () = tokio::time::sleep(Duration::from_secs(60)) => panic!("way {} is still open", number % 3),
            }
            let heard = String::from_utf8_lossy(&heard).into_owned();
            assert!(!heard.starts_with("HTTP/1.1 2") && !heard.starts_with("HTTP/1.1 5"), "{heard}");
        }));
    }
    for dawdler in dawdling {
        dawdler.await.unwrap();
    }
    neighbour.was_served().await;
}
