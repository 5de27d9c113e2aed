//! Voice servers hang up, and others come: the player outlives that, its client is told what it has to know, and with a new voice server
//! it goes on.

use std::sync::Arc;
use std::time::Duration;

use guildhall_lavalink::testing::{Heard, VoiceServer, VoiceServerOptions};
use guildhall_lavalink::voice::{Discord, DiscordSettings, Null};
use serde_json::{Value, json};

use crate::hear::decode;
use crate::sweep::{Sweep, place};
use crate::town::{Client, Town};

const GUILD: u64 = 900_000_000_000_000_001;

struct Stage {
    town: Town,
    client: Client,
    voice: VoiceServer,
}

/// The first place of the track that is heard in a stream, and the last.
fn heard(heard: &Heard) -> (f64, f64) {
    let frames: Vec<_> = heard.packets.iter().map(|packet| (packet.at, packet.opus.to_vec())).collect();
    // The decoder has to hear something first.
    let samples = decode(&frames);
    let places: Vec<f64> = samples.chunks_exact(4_800).skip(1).filter_map(place).collect();
    (*places.first().expect("the track is heard"), *places.last().unwrap())
}

impl Stage {
    async fn new() -> Self {
        let voice = VoiceServer::start(VoiceServerOptions::default()).await;
        let settings = DiscordSettings { extra_roots: vec![voice.authority()] };
        let discord = Arc::new(Discord::new(&settings).unwrap());
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let town = Town::over(folder, Arc::new(Sweep), Arc::new(Null::default()), discord, |_| {}).await;
        let client = town.client().await;
        Self { town, client, voice }
    }

    /// Gives the player a voice server, as clients do when Discord tells them of one.
    async fn join(&self, token: &str) {
        let voice =
            json!({ "token": token, "endpoint": self.voice.endpoint(), "sessionId": "voice", "channelId": "7" });
        self.client.patch(GUILD, json!({ "voice": voice })).await;
    }

    /// Waits until so many packets of a stream came.
    async fn hears(&self, stream: usize, count: usize) {
        let so = self.voice.until(|heard| heard.get(stream).is_some_and(|heard| heard.packets.len() >= count)).await;
        assert!(so, "{count} packets of stream {stream}: {:?}", self.voice.heard().len());
    }

    async fn position(&self) -> f64 {
        let state = self.client.player(GUILD).await["state"].clone();
        assert_eq!(state["connected"], false, "{state}");
        state["position"].as_f64().unwrap() / 1_000.0
    }
}

fn closed(code: u16, reason: &str) -> Value {
    json!({
        "op": "event",
        "type": "WebSocketClosedEvent",
        "guildId": GUILD.to_string(),
        "code": code,
        "reason": reason,
        "byRemote": true,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_server_that_is_named_twice_is_joined_once() {
    let stage = Stage::new().await;
    tokio::join!(stage.join("one"), stage.join("one"));
    stage.client.patch(GUILD, json!({ "track": { "identifier": "sweep" } })).await;
    stage.hears(0, 50).await;
    stage.join("one").await;
    stage.hears(0, 100).await;
    assert_eq!(stage.voice.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_voice_servers_the_later_one_counts() {
    let stage = Stage::new().await;
    stage.client.patch(GUILD, json!({ "track": { "identifier": "sweep" } })).await;
    for round in 1..=20 {
        let streams = stage.voice.heard().len();
        stage.join(&format!("first of {round}")).await;
        stage.join(&format!("second of {round}")).await;
        let speaks = |heard: &[Heard]| heard.get(streams..).and_then(<[_]>::last).is_some_and(|heard| heard.count > 5);
        assert!(stage.voice.until(speaks).await, "round {round}");
        assert_eq!(stage.voice.seen().last().unwrap().d["token"], format!("second of {round}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_goes_on_with_a_new_voice_server_where_the_old_one_hung_up() {
    // Thrown out, the session ended and not begun anew, the channel gone, the call ended.
    for code in [4014_u16, 4006, 4017, 4022] {
        let mut stage = Stage::new().await;
        stage.join("one").await;
        stage.client.patch(GUILD, json!({ "track": { "identifier": "sweep" }, "position": 30_000 })).await;
        stage.client.event("TrackStartEvent").await;
        stage.hears(0, 75).await;
        if code == 4006 {
            stage.voice.refuse(Some(4006));
        }
        stage.voice.close_all(code);
        let reason = if code == 4006 { "no" } else { "as told" };
        assert_eq!(stage.client.event("WebSocketClosedEvent").await, closed(code, reason));
        // It stands still while nobody listens, and keeps its place and its track.
        let (first, last) = heard(&stage.voice.heard()[0]);
        assert!((30.0..30.5).contains(&first) && last > 31.0, "{code}: {first} to {last}");
        let position = stage.position().await;
        assert!((position - last).abs() < 0.3, "{code}: {position} and {last} was heard");
        let before = stage.client.player(GUILD).await["state"]["position"].clone();
        tokio::time::sleep(Duration::from_millis(700)).await;
        let player = stage.client.player(GUILD).await;
        assert_eq!(player["state"]["position"], before, "{code}");
        assert_eq!(player["track"]["info"]["identifier"], "sweep", "{code}");
        stage.voice.refuse(None);
        let stream = stage.voice.heard().len();
        stage.join("two").await;
        stage.hears(stream, 75).await;
        let (again, on) = heard(&stage.voice.heard()[stream]);
        // The first tenth of a second is the decoder's.
        assert!((again - position - 0.15).abs() < 0.3 && on > again + 1.0, "{code}: {again} to {on} after {position}");
        assert_eq!(stage.client.player(GUILD).await["state"]["connected"], true, "{code}");
        // Nothing else was told: what was next is that somebody stops it.
        stage.client.patch(GUILD, json!({ "track": { "encoded": null } })).await;
        assert_eq!(stage.client.event("TrackEndEvent").await["reason"], "stopped", "{code}");
        stage.town.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_server_that_is_started_again_is_none_of_the_clients_business() {
    let mut stage = Stage::new().await;
    stage.join("one").await;
    stage.client.patch(GUILD, json!({ "track": { "identifier": "sweep" } })).await;
    stage.client.event("TrackStartEvent").await;
    stage.hears(0, 75).await;
    stage.voice.close_all(4015);
    let before = stage.voice.heard()[0].packets.len();
    stage.hears(0, before + 75).await;
    let ops: Vec<u64> = stage.voice.seen().iter().map(|seen| seen.op).collect();
    assert_eq!(ops, [0, 7], "it is resumed");
    let all = &stage.voice.heard()[0];
    let (first, last) = heard(all);
    let passed = all.packets.last().unwrap().at.duration_since(all.packets[0].at).as_secs_f64();
    // It goes on where it was: what passed while it had no line is not heard later, and not twice.
    assert!(last - first <= passed && last > 2.5, "{first} to {last} in {passed} s");
    stage.client.patch(GUILD, json!({ "track": { "encoded": null } })).await;
    assert_eq!(stage.client.event("TrackEndEvent").await["reason"], "stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_and_may_come_again() {
    let mut stage = Stage::new().await;
    stage.client.patch(GUILD, json!({ "track": { "identifier": "sweep" } })).await;
    stage.client.event("TrackStartEvent").await;
    stage.join("wrong").await;
    assert_eq!(stage.client.event("WebSocketClosedEvent").await, closed(4004, "no"));
    assert!(stage.position().await < 0.001);
    stage.join("right").await;
    stage.hears(0, 75).await;
    let (first, last) = heard(&stage.voice.heard()[0]);
    assert!((0.0..0.4).contains(&first) && last > 1.0, "{first} to {last}");
}
