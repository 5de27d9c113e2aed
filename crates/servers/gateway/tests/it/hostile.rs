//! Clients that do not play by the rules.

use futures_util::SinkExt;
use guildhall_gateway::Settings;
use guildhall_session::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::PATIENCE;
use crate::events::until;
use crate::rig::{Rig, TEXT};

/// A socket after the handshake, without a library between.
async fn raw(rig: &Rig) -> TcpStream {
    let mut stream = TcpStream::connect(rig.address).await.unwrap();
    stream
        .write_all(
            b"GET /?v=10 HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
              sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .await
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}}") {
        let mut piece = [0; 512];
        let count = stream.read(&mut piece).await.unwrap();
        assert!(count > 0);
        answer.extend_from_slice(&piece[..count]);
    }
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 101") && text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{text}");
    stream
}

/// The code of the close frame that ends the stream.
async fn code(mut stream: TcpStream) -> u16 {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest[0], 0x88, "a close frame");
    u16::from_be_bytes([rest[2], rest[3]])
}

#[tokio::test]
async fn unmasked_frames_are_refused() {
    let rig = Rig::new().await;
    let mut stream = raw(&rig).await;
    stream.write_all(b"\x81\x02{}").await.unwrap();
    assert_eq!(code(stream).await, 1002);
}

#[tokio::test]
async fn a_frame_that_claims_to_be_huge_is_refused_at_its_head() {
    let rig = Rig::new().await;
    let mut stream = raw(&rig).await;
    stream.write_all(b"\x81\xff\x00\x00\x7f\xff\xff\xff\xff\xff").await.unwrap();
    assert_eq!(code(stream).await, 4002);
}

#[tokio::test]
async fn what_is_larger_than_people_may_send_is_refused_at_its_head() {
    let rig = Rig::new().await;
    let mut stream = raw(&rig).await;
    stream.write_all(b"\x81\xfe\x40\x01\0\0\0\0").await.unwrap();
    assert_eq!(code(stream).await, 4002);
}

/// Pings, pongs and pieces of a message, each with its head.
#[tokio::test]
async fn what_is_no_frame_counts_as_well() {
    for (name, head, rest) in [("pings", 0x89, 0x89), ("pongs", 0x8a, 0x8a), ("pieces", 0x01, 0x00)] {
        let rig = Rig::new().await;
        let mut stream = raw(&rig).await;
        let empty = |head: u8| [head, 0x80, 0, 0, 0, 0];
        let all: Vec<u8> = [head].into_iter().chain([rest; 120]).flat_map(empty).collect();
        stream.write_all(&all).await.unwrap();
        let mut answer = Vec::new();
        let closed = |answer: &[u8]| answer.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..] == [0x0f, 0xa8]);
        while !closed(&answer) {
            let read = tokio::time::timeout(PATIENCE, stream.read_buf(&mut answer)).await;
            let count = read.unwrap_or_else(|_| panic!("{name}: the server waits for more")).unwrap();
            assert!(count > 0, "{name}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn ten_megabytes_are_refused_and_others_are_served() {
    let rig = Rig::new().await;
    let mut other = rig.person(3).await;
    let mut client = rig.person(2).await;
    let large = Message::text(" ".repeat(10_000_000));
    let (sent, closed) = tokio::join!(client.socket.send(large), async { other.settle().await });
    let () = closed;
    if sent.is_ok() {
        assert_eq!(client.closed().await, Some(4002));
    }
    // A message in small pieces counts as a whole.
    let mut stream = raw(&rig).await;
    let piece = [&[0x01, 0xfe, 0x40, 0x00, 0, 0, 0, 0][..], &[b' '; 0x4000]].concat();
    let next = [&[0x00, 0xfe, 0x40, 0x00, 0, 0, 0, 0][..], &[b' '; 0x4000]].concat();
    stream.write_all(&piece).await.unwrap();
    for _ in 0..4 {
        stream.write_all(&next).await.unwrap();
    }
    assert_eq!(code(stream).await, 4002);
    other.settle().await;
}

#[tokio::test]
async fn who_does_not_read_is_cut_and_others_are_served() {
    let rig =
        Rig::with(Settings { limits: Limits { unsent_events: 200, ..Limits::default() }, ..Settings::default() }, 10)
            .await;
    let slow = rig.person(2).await;
    let mut fast = rig.person(3).await;
    let long = "x".repeat(100_000);
    let mut sent = 0;
    while rig.gateway.metrics().slow == 0 {
        rig.say(TEXT, 3, &long);
        sent += 1;
        fast.event("MESSAGE_CREATE").await;
        assert!(sent < 2000, "the buffers of the network cannot be so large");
    }
    until(|| rig.gateway.metrics().sockets == 1).await;
    assert!(sent > 200, "{sent}");
    drop(slow);
}

/// Guilds with so much in them that the network cannot hold all.
fn large_guilds(rig: &Rig) {
    let state = rig.bus.guild(guildhall_wire::id::Id::new(crate::rig::GUILD)).unwrap();
    let members: Vec<_> = state.members.iter().map(|(id, member)| (*id, member.as_ref().clone())).collect();
    for n in 20..120_u64 {
        let mut guild = crate::rig::bare_guild(guildhall_wire::id::Id::new(n << 22));
        guild.description = Some("x".repeat(200_000));
        rig.bus.load_guild(guildhall_bus::GuildState::new(guild, [], [], members.clone()));
    }
}

#[tokio::test]
async fn who_does_not_read_the_guilds_of_ready_does_not_pile_up_events() {
    let limits = Limits { unsent_events: 50, ..Limits::default() };
    let rig = Rig::with(Settings { limits, ..Settings::default() }, 10).await;
    large_guilds(&rig);
    let mut slow = rig.connect("v=10").await;
    slow.send(&format!(r#"{{"op":2,"d":{{"token":"{}"}}}}"#, crate::rig::token(2))).await;
    until(|| rig.gateway.metrics().sessions == 1).await;
    for _ in 0..100 {
        rig.say(TEXT, 3, "hello");
    }
    until(|| rig.gateway.metrics().slow == 1).await;
    until(|| rig.gateway.metrics().sessions == 0).await;
    assert_eq!(rig.bus.connected(), 0);
}

/// It says something all the time, and reads nothing.
#[tokio::test]
async fn who_only_speaks_does_not_pile_up_events() {
    let limits = Limits { unsent_events: 50, frames_per_minute: 100_000, ..Limits::default() };
    let rig = Rig::with(Settings { limits, ..Settings::default() }, 10).await;
    large_guilds(&rig);
    let mut slow = rig.connect("v=10").await;
    slow.send(&format!(r#"{{"op":2,"d":{{"token":"{}"}}}}"#, crate::rig::token(2))).await;
    until(|| rig.gateway.metrics().sessions == 1).await;
    for _ in 0..100 {
        rig.say(TEXT, 3, "hello");
    }
    let end = tokio::time::Instant::now() + PATIENCE;
    while rig.gateway.metrics().slow == 0 {
        assert!(tokio::time::Instant::now() < end, "it is never looked at");
        // It may be gone at any moment.
        let _ = slow.socket.send(Message::Ping(Vec::new().into())).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    until(|| rig.gateway.metrics().sessions == 0).await;
}

#[tokio::test]
async fn pings_are_answered() {
    let rig = Rig::new().await;
    let mut stream = raw(&rig).await;
    stream.write_all(&[0x89, 0x82, 0, 0, 0, 0, b'h', b'i']).await.unwrap();
    let mut pong = [0; 4];
    stream.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong, [0x8a, 2, b'h', b'i']);
}

#[tokio::test]
async fn only_so_many_of_one_address_may_be_nobody() {
    let settings = Settings { anonymous_per_address: 2, trust_proxy: true, ..Settings::default() };
    let rig = Rig::with(settings, 10).await;
    let connect = |from: &'static str| {
        let mut request = format!("ws://{}/?v=10", rig.address).into_client_request().unwrap();
        request.headers_mut().insert("x-forwarded-for", from.parse().unwrap());
        async move { tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket) }
    };
    let (one, _two) = (connect("2001:db8::1").await.unwrap(), connect("203.0.113.7, 2001:db8::2").await.unwrap());
    assert!(connect("2001:db8::3").await.is_err(), "the network is full");
    assert!(connect("203.0.113.7").await.is_ok(), "another is not");
    drop(one);
    let mut three = loop {
        if let Ok(socket) = connect("2001:db8::3").await {
            break socket;
        }
    };
    // Who says who they are makes room.
    let identify = format!(r#"{{"op":2,"d":{{"token":"{}","properties":{{}}}}}}"#, crate::rig::token(2));
    three.send(Message::text(identify)).await.unwrap();
    until(|| rig.gateway.metrics().sessions == 1).await;
    assert!(connect("2001:db8::4").await.is_ok());
    let mut here = Vec::new();
    for _ in 0..10 {
        here.push(rig.connect("v=10").await);
    }
    assert!(rig.gateway.metrics().anonymous >= 10, "the machine itself has no such limit");
}

#[tokio::test]
async fn only_so_many_may_be_nobody() {
    let rig = Rig::with(Settings { anonymous_sockets: 2, ..Settings::default() }, 10).await;
    let one = rig.connect("v=10").await;
    let _known = rig.person(2).await;
    let _two = rig.connect("v=10").await;
    let url = format!("ws://{}/", rig.address);
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
    drop(one);
    until(|| rig.gateway.metrics().anonymous == 1).await;
    assert!(tokio_tungstenite::connect_async(&url).await.is_ok());
}
