//! Who asks for processor time that there is none of.

use serde_json::{Value, json};

use super::*;
use crate::session::Session;

/// A node of which all workers say that rendering takes more than there is, and everybody is served as cheaply as may be.
struct Full {
    node: Arc<Node>,
    session: Arc<Session>,
    client: reqwest::Client,
    base: String,
    _folder: tempfile::TempDir,
}

/// Has all workers say that rendering takes so many microseconds of each tenth of a second.
fn strain(node: &Node, busy: u64) {
    for _ in 0..20 {
        node.grid.strain(Beat { frames: 50, busy, players: 10, ..Beat::default() });
    }
}

impl Full {
    async fn new() -> Self {
        let (node, _, folder) = node().await;
        let session = node.open_session(1, "test".to_owned());
        session.configure(Some(true), Some(600), None);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v4/sessions/{}/players", listener.local_addr().unwrap(), session.id);
        let router = crate::router(node.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { node, session, client: reqwest::Client::new(), base, _folder: folder }
    }

    /// What a request is answered while there is no time for anybody more.
    async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let straining = self.node.clone();
        let strained = tokio::task::spawn_blocking(move || {
            until("all are served cheaply", || {
                strain(&straining, 3_000_000);
                straining.grid.is_short(super::super::MOST_TIER)
            });
        });
        strained.await.unwrap();
        strain(&self.node, 3_000_000);
        let request = self.client.request(method.parse().unwrap(), format!("{}/{path}", self.base)).json(body);
        let answer = request.header("authorization", "").send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }
}

fn assert_refused((status, body): &(u16, Value), what: &str) {
    assert_eq!(*status, 503, "{what}: {body}");
    assert_eq!(body["code"], "processorTime", "{what}");
    assert_eq!((&body["status"], &body["error"]), (&json!(503), &json!("Service Unavailable")), "{what}");
    assert!(body["path"].as_str().unwrap().contains("/players/") && body["timestamp"].is_u64(), "{what}: {body}");
    assert_eq!(body["message"], "the node has no processor time for another player", "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_would_play_more_is_refused_with_an_error_for_programs() {
    let full = Full::new().await;
    let LoadResult::Track(track) = Tones.load("tone:440:60").await else { unreachable!("a tone is a track") };
    let start = || Change { track: Patch::Value(Start { track: (*track).clone(), position: 0 }), ..Change::default() };
    // One plays already, and one has a queue and nothing that plays.
    full.session.player_or_new(&full.node, 1).unwrap().apply(start());
    let queued = full.session.player_or_new(&full.node, 2).unwrap();
    queued.with(|state| {
        let queue = state.queue.get_or_insert_default();
        queue.tracks.push_back((*track).clone());
        queue.history.push_back((*track).clone());
    });
    let named = json!({ "track": { "identifier": "tone:500:60" } });
    let tracks = json!([{ "encoded": track.encoded }]);
    for (method, path, body) in [
        ("PATCH", "3", &named),
        ("POST", "2/queue/tracks", &tracks),
        ("PUT", "2/queue/tracks", &tracks),
        ("POST", "2/queue/next", &Value::Null),
        ("POST", "2/queue/previous", &Value::Null),
        ("POST", "1/mix", &named),
    ] {
        assert_refused(&full.ask(method, path, body).await, &format!("{method} {path}"));
    }
    // Nothing was changed by any of that.
    let (idle, kept) = queued.with(|state| (state.is_idle(), state.queue.clone().unwrap()));
    assert!(idle && kept.tracks.len() == 1 && kept.history.len() == 1);
    assert!(full.session.player(3).is_none());
    // Who plays already may play something else, and what begins nothing is no matter.
    for (method, path, body) in
        [("PATCH", "1", &named), ("POST", "1/queue/tracks", &tracks), ("PATCH", "3", &json!({}))]
    {
        let (status, body) = full.ask(method, path, body).await;
        assert_eq!(status, 200, "{method} {path}: {body}");
    }
    full.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_after_a_restart_waits_for_processor_time() {
    let full = Full::new().await;
    let LoadResult::Track(track) = Tones.load("tone:440:60").await else { unreachable!("a tone is a track") };
    let start = Start { track: *track, position: 7_000 };
    let player = full.session.player_or_new(&full.node, 1).unwrap();
    player.apply(Change { track: Patch::Value(start), ..Change::default() });
    let (record, _) = player.take_record().unwrap();
    // Somebody else has all of the time.
    assert_refused(&full.ask("PATCH", "2", &json!({ "track": { "identifier": "tone:500:60" } })).await, "a stranger");
    let back = full.session.player_or_new(&full.node, 3).unwrap();
    for _ in 0..100 {
        strain(&full.node, 3_000_000);
        if back.with(|state| state.track.is_none()) {
            back.restore(record.clone());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(back.with(|state| state.waits && state.worker().is_none()) && back.has_track());
    // It is not refused what it wants then, and begins where it stood once there is time.
    let waiting = tokio::task::spawn_blocking(move || {
        until("it begins", || {
            strain(&full.node, 0);
            back.with(|state| !state.waits && state.worker().is_some())
        });
        assert_eq!(back.show().state.position, 7_000);
        full
    });
    waiting.await.unwrap().node.stop().await;
}
