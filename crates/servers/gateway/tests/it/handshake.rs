//! C-40: who is let in, and with which code others are sent away.

use guildhall_gateway::Settings;
use guildhall_session::Limits;
use guildhall_wire::gateway::Intents;
use guildhall_wire::id::Id;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::Client;
use crate::rig::{BOTS, Rig, token};

#[tokio::test]
async fn heartbeats_are_answered_before_anybody_is_known() {
    let rig = Rig::new().await;
    let mut client = rig.connect("v=10&encoding=json").await;
    client.send(r#"{"op":1,"d":null}"#).await;
    assert_eq!(client.frame().await["op"], 11);
}

/// What is sent first, and the code that follows.
#[tokio::test]
async fn close_codes() {
    let rig = Rig::new().await;
    let identify = |token: &str, more: &str| format!(r#"{{"op":2,"d":{{"token":"{token}"{more}}}}}"#);
    let plain = token(BOTS + 1);
    for (frame, want) in [
        (r#"{"op":3,"d":{"status":"online"}}"#.to_owned(), 4003),
        (r#"{"op":99,"d":null}"#.to_owned(), 4001),
        ("{".to_owned(), 4002),
        (format!(r#"{{"op":1,"d":"{}"}}"#, "x".repeat(5000)), 4002),
        (identify("nonsense", ""), 4004),
        (r#"{"op":6,"d":{"token":"nonsense","session_id":"x","seq":1}}"#.to_owned(), 4004),
        (identify(&plain, ""), 4013),
        (identify(&plain, r#","intents":1073741824"#), 4013),
        (identify(&plain, r#","intents":2"#), 4014),
        (identify(&plain, r#","intents":32768"#), 4014),
        (identify(&plain, r#","intents":1,"shard":[3,2]"#), 4010),
    ] {
        let rig = Rig::with(Settings { space_identifies: false, ..Settings::default() }, 1).await;
        let mut client = rig.connect("v=10&encoding=json").await;
        client.send(&frame).await;
        assert_eq!(client.closed().await, Some(want), "{frame:.80}");
    }
    for (frame, want) in [(identify(&token(2), ""), 4005), (r#"{"op":1,"d":"x"}"#.to_owned(), 4002)] {
        let mut client = rig.person(2).await;
        client.send(&frame).await;
        assert_eq!(client.closed().await, Some(want), "{frame}");
    }
}

#[tokio::test]
async fn silence_and_too_few_shards() {
    let limits = Limits { heartbeat_timeout_ms: 1000, ..Limits::default() };
    let rig = Rig::with(Settings { limits, ..Settings::default() }, 10).await;
    // Before and after IDENTIFY; the session may be resumed.
    assert_eq!(rig.connect("v=10").await.closed().await, Some(4009));
    let mut client = rig.person(2).await;
    assert_eq!(client.closed().await, Some(4009));
    let (session, sequence) = client.cut();
    let mut client = rig.connect("v=10").await;
    client.resume(&token(2), &session, sequence).await;
    client.event("RESUMED").await;
    // Whoever never says who they are is not kept by heartbeats.
    let limits = Limits { identify_timeout_ms: 200, ..Limits::default() };
    let rig = Rig::with(Settings { limits, ..Settings::default() }, 10).await;
    let mut client = rig.connect("v=10").await;
    client.send(r#"{"op":1,"d":null}"#).await;
    assert_eq!(client.closed().await, Some(4009));
    // One guild is one too many for a shard of none.
    let limits = Limits { guilds_per_shard: Some(0), ..Limits::default() };
    let rig = Rig::with(Settings { limits, ..Settings::default() }, 10).await;
    let mut client = rig.connect("v=10").await;
    client.send(&format!(r#"{{"op":2,"d":{{"token":"{}","intents":1}}}}"#, token(BOTS + 2))).await;
    assert_eq!(client.closed().await, Some(4011));
}

#[tokio::test]
async fn too_many_frames() {
    let rig = Rig::new().await;
    let mut client = rig.person(2).await;
    for _ in 0..120 {
        client.send(r#"{"op":1,"d":null}"#).await;
    }
    assert_eq!(client.closed().await, Some(4008));
}

/// Addresses, and the code that follows or none.
#[tokio::test]
async fn versions_and_encodings() {
    let rig = Rig::new().await;
    for (path, want) in [
        ("/?v=10&encoding=json", None),
        ("/gateway?v=10", None),
        ("/?v=9", None),
        ("/", None),
        ("/?v=8", Some(4012)),
        ("/?v=10&encoding=etf", Some(4012)),
    ] {
        let mut client = Client::open(&format!("ws://{}{path}", rig.address)).await;
        match client.next().await {
            Ok(hello) => assert_eq!((&hello["op"], want), (&10.into(), None), "{path}"),
            Err(code) => assert_eq!(code, want, "{path}"),
        }
    }
}

#[tokio::test]
async fn a_bot_that_identifies_twice_in_five_seconds_waits() {
    let rig = Rig::new().await;
    let bot = token(BOTS + 2);
    rig.bot(BOTS + 2, Intents::GUILDS).await;
    let mut client = rig.connect("v=10").await;
    client.send(&format!(r#"{{"op":2,"d":{{"token":"Bot {bot}","intents":1}}}}"#)).await;
    let frame = client.frame().await;
    assert_eq!((&frame["op"], &frame["d"]), (&9.into(), &false.into()));
    // Then it is let in on the same socket.
    let (ready, _) = client.identify(&bot, r#","intents":1"#).await;
    assert_eq!(ready["v"], 10);
    let left = |bot: u64| rig.gateway.session_starts(Id::new(bot)).remaining;
    assert_eq!((left(BOTS + 2), left(BOTS + 3)), (998, 1000));
}

#[tokio::test]
async fn what_is_no_websocket_is_told_so() {
    let rig = Rig::new().await;
    let mut stream = tokio::net::TcpStream::connect(rig.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 426"), "{answer}");
}

#[tokio::test]
async fn the_goodbye_of_a_client_is_returned() {
    let rig = Rig::new().await;
    let mut client = rig.person(2).await;
    assert_eq!(rig.gateway.metrics().sessions, 1);
    client.leave().await;
    while client.next().await.is_ok() {}
    crate::events::until(|| rig.gateway.metrics().sessions == 0).await;
    assert_eq!(rig.bus.connected(), 0);
    crate::events::until(|| rig.gateway.metrics().sockets == 0).await;
}
