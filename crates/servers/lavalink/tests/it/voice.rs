//! The voice client against a voice server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use guildhall_lavalink::testing::{VoiceServer as Server, VoiceServerOptions};
use guildhall_lavalink::voice::{Discord, DiscordSettings, Ear, Link, Voice, VoiceEvent, VoiceServer};
use guildhall_rtp::discord::{Mode, SILENCE};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A link, and what it tells.
fn connect(server: &Server, token: &str) -> (Arc<dyn Link>, UnboundedReceiver<VoiceEvent>) {
    let settings = DiscordSettings { extra_roots: vec![server.authority()] };
    let voice = Discord::new(&settings).unwrap();
    let (sender, receiver) = unbounded_channel();
    let ear: Ear = Arc::new(move |event| {
        let _ = sender.send(event);
    });
    let server = VoiceServer {
        guild_id: 41,
        user_id: 42,
        session_id: "the session".to_owned(),
        token: token.to_owned(),
        endpoint: server.endpoint(),
        channel_id: Some(43),
    };
    (voice.connect(server, ear), receiver)
}

async fn next(events: &mut UnboundedReceiver<VoiceEvent>) -> VoiceEvent {
    tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap()
}

/// A frame that can be told from others.
fn frame(number: u32) -> Vec<u8> {
    [&[0xfc_u8][..], &number.to_be_bytes(), &[0; 60]].concat()
}

/// Sends frames every 20 ms.
async fn speak(link: &Arc<dyn Link>, numbers: std::ops::Range<u32>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for number in numbers {
        ticks.tick().await;
        link.send(&frame(number), Instant::now());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_heard_in_both_modes() {
    for mode in Mode::ALL {
        let server =
            Server::start(VoiceServerOptions { modes: vec![mode], beat: 200, ..VoiceServerOptions::default() }).await;
        let (link, mut events) = connect(&server, "token");
        assert!(!link.connected());
        link.send(&frame(0), Instant::now());
        assert_eq!(next(&mut events).await, VoiceEvent::Connected);
        assert!(link.connected());
        speak(&link, 1..26).await;
        link.silence();
        assert!(
            server.until(|heard| heard[0].count == 30 && heard[0].speaking.len() == 2).await,
            "{:?}",
            server.heard()
        );
        let heard = server.heard().remove(0);
        assert_eq!((heard.user_id.as_str(), heard.mode, heard.forged, heard.gaps), ("42", Some(mode), 0, 0));
        assert_eq!(heard.speaking, [1, 0]);
        let (talk, silence) = heard.packets.split_at(25);
        for (packet, number) in talk.iter().zip(1..) {
            assert_eq!(*packet.opus, frame(number));
        }
        assert!(silence.iter().all(|packet| *packet.opus == SILENCE));
        for pair in heard.packets.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(960));
        }
        assert!(server.until(|_| link.ping().is_some()).await);
        assert!(heard.alive > 0, "the way is kept open");
        let [seen] = <[_; 1]>::try_from(server.seen()).unwrap();
        assert_eq!((seen.op, seen.d["server_id"].as_str(), seen.d["channel_id"].as_str()), (0, Some("41"), Some("43")));
        // Nobody hears of a link that is closed here.
        drop(link);
        assert_eq!(tokio::time::timeout(Duration::from_secs(3), events.recv()).await, Ok(None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_takes_its_time() {
    let server = Server::start(VoiceServerOptions::default()).await;
    let (link, mut events) = connect(&server, "token");
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    speak(&link, 0..5).await;
    link.silence();
    assert!(server.until(|heard| heard[0].count == 10).await, "{:?}", server.heard());
    tokio::time::sleep(Duration::from_millis(500)).await;
    speak(&link, 5..8).await;
    assert!(server.until(|heard| heard[0].count == 13).await, "{:?}", server.heard());
    let heard = server.heard().remove(0);
    for (at, pair) in heard.packets.windows(2).enumerate() {
        let passed = pair[1].timestamp.wrapping_sub(pair[0].timestamp) / 960;
        let slept = u32::try_from((pair[1].at - pair[0].at).as_millis() / 20).unwrap();
        // Only where it was silent; and what the timer and the network take is not known to the sender.
        let expected = if at == 9 { 24.max(slept.saturating_sub(5))..=slept + 5 } else { 1..=1 };
        assert!(expected.contains(&passed), "{at}: {passed} of {slept}");
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_better_mode_is_chosen() {
    let server = Server::start(VoiceServerOptions {
        modes: vec![Mode::XChaCha20Poly1305, Mode::Aes256Gcm],
        ..VoiceServerOptions::default()
    })
    .await;
    let (_link, mut events) = connect(&server, "token");
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    assert_eq!(server.heard()[0].mode, Some(Mode::Aes256Gcm));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_line_is_resumed_and_the_stream_goes_on() {
    let server = Server::start(VoiceServerOptions { beat: 100, ..VoiceServerOptions::default() }).await;
    let (link, mut events) = connect(&server, "token");
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    speak(&link, 0..10).await;
    for code in [None, Some(4015), Some(1001)] {
        match code {
            None => server.cut_all(),
            Some(code) => server.close_all(code),
        }
        assert_eq!(next(&mut events).await, VoiceEvent::Connected, "{code:?}");
        speak(&link, 0..10).await;
    }
    assert!(server.until(|heard| heard[0].count == 40).await, "{:?}", server.heard());
    let heard = server.heard();
    assert_eq!((heard.len(), heard[0].gaps, heard[0].forged), (1, 0, 0), "one stream, as before");
    assert_eq!(heard[0].speaking, [1, 1, 1, 1], "whoever speaks says so again");
    let ops: Vec<u64> = server.seen().iter().map(|seen| seen.op).collect();
    assert_eq!(ops, [0, 7, 7, 7]);
    assert!(server.seen()[1].d["seq_ack"].as_i64().unwrap() >= 3, "{:?}", server.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_session_is_identified_anew_once() {
    let server = Server::start(VoiceServerOptions::default()).await;
    let (link, mut events) = connect(&server, "token");
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    server.forget_all();
    server.cut_all();
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    speak(&link, 0..5).await;
    assert!(server.until(|heard| heard.len() == 2 && heard[1].count == 5).await, "{:?}", server.heard());
    server.close_all(4006);
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    server.refuse(Some(4006));
    server.close_all(4006);
    let VoiceEvent::Closed { code, by_remote, .. } = next(&mut events).await else { panic!("still there") };
    assert_eq!((code, by_remote), (4006, true));
    assert!(!link.connected());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_forgotten_again_and_again_is_given_up() {
    let server = Server::start(VoiceServerOptions::default()).await;
    let (_link, mut events) = connect(&server, "token");
    let began = Instant::now();
    let mut connected = 0;
    let closed = loop {
        match next(&mut events).await {
            VoiceEvent::Connected => {
                connected += 1;
                assert!(connected < 20, "it is made anew for ever");
                server.close_all(4009);
            }
            closed @ VoiceEvent::Closed { .. } => break closed,
        }
    };
    assert_eq!(closed, VoiceEvent::Closed { code: 4009, reason: "as told".to_owned(), by_remote: true });
    assert!(began.elapsed() > Duration::from_millis(300), "nobody is asked anew without a pause");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_client_can_mend_is_told() {
    for code in [4004, 4011, 4014, 4017, 4022] {
        let server = Server::start(VoiceServerOptions::default()).await;
        let (link, mut events) = connect(&server, "token");
        assert_eq!(next(&mut events).await, VoiceEvent::Connected);
        server.close_all(code);
        let closed = VoiceEvent::Closed { code, reason: "as told".to_owned(), by_remote: true };
        assert_eq!(next(&mut events).await, closed);
        assert!(!link.connected());
        link.send(&frame(1), Instant::now());
        link.silence();
    }
    let server = Server::start(VoiceServerOptions::default()).await;
    let (_link, mut events) = connect(&server, "wrong");
    assert!(matches!(next(&mut events).await, VoiceEvent::Closed { code: 4004, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_another_region_is_a_new_link_beside_the_old() {
    let (first, second) =
        (Server::start(VoiceServerOptions::default()).await, Server::start(VoiceServerOptions::default()).await);
    let (link, mut events) = connect(&first, "token");
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    speak(&link, 0..5).await;
    first.close_all(4014);
    assert!(matches!(next(&mut events).await, VoiceEvent::Closed { code: 4014, .. }));
    let began = Instant::now();
    let (link, mut events) = connect(&second, "other");
    assert_eq!(next(&mut events).await, VoiceEvent::Connected);
    speak(&link, 5..10).await;
    assert!(second.until(|heard| heard[0].count == 5).await);
    assert!(began.elapsed() < Duration::from_secs(2));
}

// On one thread: nobody gets any further between the link's making and its closing.
#[tokio::test]
async fn whoever_is_let_go_on_the_way_never_comes() {
    let server = Server::start(VoiceServerOptions::default()).await;
    for round in 1..=40 {
        let (old, _) = connect(&server, "old");
        assert!(old.coming() && !old.connected());
        old.close();
        let (link, mut events) = connect(&server, "new");
        assert_eq!(next(&mut events).await, VoiceEvent::Connected);
        assert!(!link.coming() && link.connected());
        tokio::time::sleep(Duration::from_millis(20)).await;
        let seen = server.seen();
        assert_eq!(seen.len(), round);
        assert!(seen.iter().all(|seen| seen.d["token"] == "new"), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_trusted_or_not_there_is_told() {
    let server = Server::start(VoiceServerOptions::default()).await;
    let other = Server::start(VoiceServerOptions::default()).await;
    let voice = Discord::new(&DiscordSettings { extra_roots: vec![other.authority()] }).unwrap();
    let (sender, mut events) = unbounded_channel();
    let data = VoiceServer {
        guild_id: 1,
        user_id: 2,
        session_id: "s".to_owned(),
        token: "t".to_owned(),
        endpoint: server.endpoint(),
        channel_id: None,
    };
    let ear: Ear = Arc::new(move |event| {
        let _ = sender.send(event);
    });
    let _link = voice.connect(data, ear);
    let closed = tokio::time::timeout(Duration::from_secs(30), events.recv()).await.unwrap().unwrap();
    let VoiceEvent::Closed { code, by_remote, .. } = closed else { panic!("{closed:?}") };
    assert_eq!((code, by_remote), (1006, false));
    assert!(server.seen().is_empty());
}
