//! Clients that come back, and clients that read slowly.
#![expect(clippy::unwrap_used, reason = "tests")]

use futures_util::StreamExt as _;
use guildhall_db::{Config, Db};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::*;
use crate::Settings;
use crate::source::Tones;
use crate::voice::Null;

fn event(number: u32) -> Message {
    Message::Event(Box::new(Event::Plugin(json!({ "type": "Test", "number": number }))))
}

fn read(message: &str) -> Value {
    serde_json::from_str(message).unwrap()
}

#[test]
fn the_event_for_which_there_is_no_room_is_not_lost() {
    let session = Session::new("session".to_owned(), 1, "test".to_owned());
    session.configure(Some(true), None, None);
    let (out, mut slow) = mpsc::channel(2);
    session.attach(1, None, false, out);
    for number in 1..=3 {
        session.emit(&event(number));
    }
    assert_eq!(read(&slow.try_recv().unwrap()).get("op"), Some(&json!("ready")));
    assert_eq!(read(&slow.try_recv().unwrap()).get("number"), Some(&json!(1)));
    assert!(slow.try_recv().is_err(), "it is let go");
    let (out, mut quick) = mpsc::channel(10);
    session.attach(2, None, true, out);
    assert_eq!(read(&quick.try_recv().unwrap()).get("op"), Some(&json!("ready")));
    for number in 2..=3 {
        assert_eq!(read(&quick.try_recv().unwrap()).get("number"), Some(&json!(number)));
    }
}

#[test]
fn the_last_events_that_wait_are_kept_and_no_more_than_few() {
    let session = Session::new("session".to_owned(), 1, "test".to_owned());
    let kept = || session.take_waiting().map(|kept| kept.iter().map(|event| read(event)).collect::<Vec<_>>());
    let numbers = |kept: &[Value]| (kept.len(), kept.first().cloned(), kept.last().cloned());
    let told = |number: u32| Some(read(&text(&event(number))));
    assert_eq!(kept(), None);
    (0..3).for_each(|number| session.emit(&event(number)));
    assert_eq!(numbers(&kept().unwrap()), (3, told(0), told(2)));
    assert_eq!(kept(), None, "nothing changed");
    (3..1_000).for_each(|number| session.emit(&event(number)));
    assert_eq!(numbers(&kept().unwrap()), (256, told(744), told(999)));
    // Long ones are fewer.
    let long = Message::Event(Box::new(Event::Plugin(json!({ "type": "Test", "text": "x".repeat(100_000) }))));
    (0..5).for_each(|_| session.emit(&long));
    assert_eq!(kept().unwrap().len(), 2);
    // Who was told has nothing to wait for.
    let (out, _socket) = mpsc::channel(2_000);
    session.attach(1, None, true, out);
    assert_eq!(kept(), Some(Vec::new()));
    session.emit(&event(7));
    assert_eq!(kept(), None);
}

#[tokio::test]
async fn a_session_of_many_players_is_resumed() {
    const PLAYERS: u64 = 6_000;
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
    let settings = Settings { workers: 1, clocks: 0, key: folder.path().join("node.key"), ..Settings::default() };
    let node = Node::start(settings, db, Arc::new(Tones), Arc::new(Null::default())).await.unwrap();
    let session = node.open_session(1, "test".to_owned());
    session.configure(Some(true), Some(60), None);
    for guild in 1..=PLAYERS {
        session.player_or_new(&node, guild).unwrap();
    }
    for number in 0..1_000 {
        session.emit(&event(number));
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = crate::router(node.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut request = format!("ws://{address}/v4/websocket").into_client_request().unwrap();
    for (name, value) in [("authorization", ""), ("user-id", "1"), ("session-id", session.id.as_str())] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (mut socket, _) = connect_async(request).await.unwrap();
    let (mut events, mut updates) = (0, 0);
    while events < 1_000 || updates < PLAYERS {
        let message = tokio::time::timeout(Duration::from_secs(10), socket.next()).await.unwrap().unwrap().unwrap();
        assert!(message.is_text(), "{events} events and {updates} updates, and then {message:?}");
        let message = read(message.to_text().unwrap());
        match message.get("op").and_then(Value::as_str) {
            Some("event") => events += 1,
            Some("playerUpdate") => updates += 1,
            _ => {}
        }
    }
    assert!(session.is_open());
}
