//! Radio: what it says it plays.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::get;
use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Catalog, SourceSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::hear::{assert_tone, decode};
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

/// A tag as it stands between the sound of HLS.
fn tag(artist: &str, title: &str) -> Vec<u8> {
    let frame = |id: &str, text: &str| {
        let size = u8::try_from(text.len() + 1).unwrap();
        [id.as_bytes(), &[0, 0, 0, size, 0, 0, 3], text.as_bytes()].concat()
    };
    let time = [b"PRIV".as_slice(), &[0, 0, 0, 10, 0, 0], b"apple\0time"].concat();
    let body = [time, frame("TPE1", artist), frame("TIT2", title)].concat();
    [b"ID3\x04\0\0\0\0\0".as_slice(), &[u8::try_from(body.len()).unwrap()], &body].concat()
}

#[tokio::test]
async fn titles_of_a_stream_of_pieces_are_told_as_those_of_a_radio() {
    // Two seconds a piece; what is heard changes with the fourth, and what the list says of them means nothing.
    let sound = wav(500.0, 12);
    let said = ["One", "One", "One", "Two", "Two", "Two"].map(|title| tag("Some\u{e9}body", title));
    let size = sound.len() / 6 + 1;
    let pieces: Vec<_> = said.iter().zip(sound.chunks(size)).map(|(tag, piece)| [tag, piece].concat()).collect();
    let mut list = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n".to_owned();
    (0..6).for_each(|number| list.push_str(&format!("#EXTINF:2.0,a file\n/{number}\n")));
    let list = list + "#EXT-X-ENDLIST\n";
    let router = axum::Router::new()
        .route("/list.m3u8", get(async move || ([("content-type", "application/vnd.apple.mpegurl")], list.clone())))
        .route("/{number}", get(async move |Path(number): Path<usize>| pieces[number].clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/list.m3u8", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let fetch = FetchSettings { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..FetchSettings::default() };
    let sources = Catalog::new(SourceSettings { fetch, http: true, ..SourceSettings::default() }, None).unwrap();
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), Arc::new(sources), |_| {}).await;
    let mut client = Client::connect(town.address, &[("guildhall-events", "all")]).await.unwrap();
    let mut other = town.client().await;
    client.join(1).await;
    other.join(2).await;
    client.play(1, &url).await;
    other.play(2, &url).await;
    let track = client.event("TrackStartEvent").await["track"].clone();
    let told = client.event("StreamTitleEvent").await;
    assert_eq!((told["title"].as_str(), &told["track"]), (Some("Some\u{e9}body - One"), &track));
    assert_eq!(client.event("StreamTitleEvent").await["title"], "Some\u{e9}body - Two");
    // And nothing more, nor anything to who has not asked for it.
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    other.event("TrackStartEvent").await;
    assert_eq!(other.event("TrackEndEvent").await["reason"], "finished");
    let frames = town.voice.links()[1].frames();
    assert!((595..=605).contains(&frames.len()), "{}", frames.len());
    assert_tone(&decode(&frames)[4_800..550_000], 500.0, 900.0);
}
