//! Radio: what it says it plays.

use std::sync::Arc;

use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Catalog, SourceSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::town::{Client, Town};
use crate::upload::wav;

/// Bytes between two titles.
const INTERVAL: usize = 16_000;

/// Sound with a title now and then.
async fn send(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = [0; 1];
    let mut last = Vec::new();
    while !last.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut head).await?;
        last.extend(head);
    }
    assert!(String::from_utf8_lossy(&last).to_ascii_lowercase().contains("icy-metadata: 1"));
    let head = "ICY 200 OK\r\nicy-metaint: 16000\r\nicy-name: The Radio\r\ncontent-type: audio/wav\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    for (number, piece) in wav(500.0, 20).chunks(INTERVAL).enumerate() {
        stream.write_all(piece).await?;
        let title: &[u8] = match number {
            1 | 3 => b"\x02StreamTitle='One - A Tone';\0\0\0\0\0",
            20 => b"\x02StreamTitle='Two - B\xf6h';\0\0\0\0\0\0\0\0",
            _ => b"\0",
        };
        if piece.len() == INTERVAL {
            stream.write_all(title).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn titles_of_a_radio_are_told_to_who_wants_to_hear_them() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(send(stream));
        }
    });
    let fetch = FetchSettings { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..FetchSettings::default() };
    let sources = Catalog::new(SourceSettings { fetch, http: true, ..SourceSettings::default() }, None).unwrap();
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), Arc::new(sources), |_| {}).await;
    let mut client = Client::connect(town.address, &[("guildhall-events", "all")]).await.unwrap();
    client.join(1).await;
    client.play(1, &url).await;
    let track = client.event("TrackStartEvent").await["track"].clone();
    let told = client.event("StreamTitleEvent").await;
    assert_eq!(
        (told["title"].as_str(), &told["track"], told["guildId"].as_str()),
        (Some("One - A Tone"), &track, Some("1"))
    );
    assert_eq!(client.event("StreamTitleEvent").await["title"], "Two - Böh");
    client.patch(1, serde_json::json!({ "track": { "encoded": null } })).await;
    assert_eq!(client.event("TrackEndEvent").await["reason"], "stopped");

    let mut other = town.client().await;
    other.join(2).await;
    other.play(2, &url).await;
    other.event("TrackStartEvent").await;
    other.update(|state| state["position"].as_u64().unwrap() > 4_500).await;
    other.patch(2, serde_json::json!({ "track": { "encoded": null } })).await;
    // Anything else in between would be seen.
    assert_eq!(other.event("TrackEndEvent").await["reason"], "stopped");
}
