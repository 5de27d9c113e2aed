//! C-43: sessions that go from socket to socket.

use guildhall_gateway::Settings;
use guildhall_session::Limits;

use crate::events::until;
use crate::rig::{BOTS, Rig, TEXT, other_token, token};

#[tokio::test]
async fn what_was_missed_comes_once_and_in_order() {
    let rig = Rig::new().await;
    for query in ["v=10", "v=10&compress=zlib-stream", "v=10&compress=zstd-stream"] {
        let mut client = rig.connect(query).await;
        client.identify(&token(2), "").await;
        rig.say(TEXT, 3, "0");
        assert_eq!(client.event("MESSAGE_CREATE").await["content"], "0");
        let (session, sequence) = client.cut();
        for n in 1..=100 {
            rig.say(TEXT, 3, &n.to_string());
        }
        let mut client = rig.connect(query).await;
        client.resume(&token(2), &session, sequence).await;
        let mut expected = 1;
        loop {
            let frame = client.frame().await;
            match frame["t"].as_str() {
                Some("MESSAGE_CREATE") => {
                    assert_eq!(frame["d"]["content"], expected.to_string());
                    expected += 1;
                }
                Some("RESUMED") => break,
                other => assert_eq!(other, Some("PRESENCE_UPDATE")),
            }
        }
        if expected == 1 {
            // The cut was seen later than the messages: they came as new ones.
            while expected <= 100 {
                assert_eq!(client.event("MESSAGE_CREATE").await["content"], expected.to_string());
                expected += 1;
            }
        }
        rig.say(TEXT, 3, "after");
        while client.event("MESSAGE_CREATE").await["content"] != "after" {}
    }
    assert_eq!(rig.gateway.metrics().resumes, 3);
}

#[tokio::test]
async fn a_session_is_only_its_users() {
    let rig = Rig::new().await;
    let client = rig.person(2).await;
    let (session, sequence) = client.cut();
    for (token, id) in [(token(3), session.as_str()), (token(2), "nonsense"), (token(2), "")] {
        let mut thief = rig.connect("v=10").await;
        thief.resume(&token, id, sequence).await;
        let frame = thief.frame().await;
        assert_eq!((&frame["op"], &frame["d"]), (&9.into(), &false.into()), "{id}");
        // The socket may identify instead.
        thief.identify("3.x.y", "").await;
    }
    let mut again = rig.connect("v=10").await;
    again.resume(&token(2), &session, sequence).await;
    again.event("RESUMED").await;
}

#[tokio::test]
async fn a_session_is_only_its_logins() {
    let rig = Rig::new().await;
    let (session, sequence) = rig.person(2).await.cut();
    let mut other = rig.connect("v=10").await;
    other.resume(&other_token(2), &session, sequence).await;
    let frame = other.frame().await;
    assert_eq!((&frame["op"], &frame["d"]), (&9.into(), &false.into()));
    let mut again = rig.connect("v=10").await;
    again.resume(&token(2), &session, sequence).await;
    again.event("RESUMED").await;
}

#[tokio::test]
async fn each_shard_of_a_bot_has_sessions_that_wait() {
    let settings = Settings { limits: Limits::default(), space_identifies: false, ..short() };
    let rig = Rig::with(settings, 10).await;
    // The guild belongs to shard 4 of 8.
    let identify =
        |shard: u64| format!(r#"{{"op":2,"d":{{"token":"{}","intents":1,"shard":[{shard},8]}}}}"#, token(BOTS + 2));
    let mut shards = Vec::new();
    for shard in 0..4 {
        let mut client = rig.connect("v=10").await;
        client.send(&identify(shard)).await;
        let ready = client.event("READY").await;
        client.session_id = ready["session_id"].as_str().unwrap().into();
        shards.push(client);
    }
    let cut: Vec<_> = shards.into_iter().map(crate::client::Client::cut).collect();
    until(|| rig.gateway.metrics().sockets == 0).await;
    for (session, sequence) in cut {
        let mut client = rig.connect("v=10").await;
        client.resume(&token(BOTS + 2), &session, sequence).await;
        client.event("RESUMED").await;
    }
}

#[tokio::test]
async fn a_new_socket_takes_over_from_one_that_is_still_there() {
    let rig = Rig::new().await;
    let mut old = rig.person(2).await;
    let mut new = rig.connect("v=10").await;
    new.resume(&token(2), &old.session_id.clone(), old.sequence).await;
    new.event("RESUMED").await;
    assert_eq!(old.closed().await, Some(4000));
    rig.say(TEXT, 3, "hello");
    assert_eq!(new.event("MESSAGE_CREATE").await["content"], "hello");
    assert_eq!(rig.gateway.metrics().sessions, 1);
}

#[tokio::test]
async fn a_number_from_the_future_is_4007() {
    let rig = Rig::new().await;
    let (session, sequence) = rig.person(2).await.cut();
    let mut client = rig.connect("v=10").await;
    client.resume(&token(2), &session, sequence + 50).await;
    assert_eq!(client.closed().await, Some(4007));
    until(|| rig.gateway.metrics().sessions == 0).await;
}

fn short() -> Settings {
    Settings {
        limits: Limits { replay_events: 10, resume_window_ms: 300, ..Limits::default() },
        detached_per_user: 2,
        ..Settings::default()
    }
}

#[tokio::test]
async fn longer_than_the_buffer_is_an_invalid_session() {
    let rig =
        Rig::with(Settings { limits: Limits { resume_window_ms: 60_000, ..short().limits }, ..short() }, 10).await;
    let (session, sequence) = rig.person(2).await.cut();
    until(|| rig.gateway.metrics().sockets == 0).await;
    for n in 0..20 {
        rig.say(TEXT, 3, &n.to_string());
    }
    let mut client = rig.connect("v=10").await;
    client.resume(&token(2), &session, sequence).await;
    let frame = client.frame().await;
    assert_eq!((&frame["op"], &frame["d"]), (&9.into(), &false.into()));
    client.identify(&token(2), "").await;
    rig.say(TEXT, 3, "fresh");
    assert_eq!(client.event("MESSAGE_CREATE").await["content"], "fresh");
    assert_eq!(rig.gateway.metrics().sessions, 1);
}

#[tokio::test]
async fn a_session_does_not_wait_for_ever() {
    let rig = Rig::with(short(), 10).await;
    rig.person(2).await.cut();
    until(|| rig.gateway.metrics().sockets == 0).await;
    assert_eq!(rig.bus.connected(), 1);
    until(|| rig.bus.connected() == 0).await;
}

#[tokio::test]
async fn only_so_many_sessions_of_one_user_wait() {
    let settings = Settings { limits: Limits::default(), ..short() };
    let rig = Rig::with(settings, 10).await;
    let mut cut = Vec::new();
    for n in 1..=4 {
        cut.push(rig.person(2).await.cut());
        until(|| rig.gateway.metrics().sockets == 0).await;
        until(|| rig.gateway.metrics().sessions == n.min(2)).await;
    }
    let mut client = rig.connect("v=10").await;
    client.resume(&token(2), &cut[0].0, cut[0].1).await;
    assert_eq!(client.frame().await["op"], 9);
    let mut client = rig.connect("v=10").await;
    client.resume(&token(2), &cut[3].0, cut[3].1).await;
    client.event("RESUMED").await;
}
