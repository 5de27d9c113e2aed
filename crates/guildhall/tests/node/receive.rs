//! What is said in a channel is heard whoever makes the player's sound, and by a client of others.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use guildhall_audio::opus::{Encoder, Quality};
use guildhall_lavalink::testing::{Member, decode_all};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::clients::Script;
use crate::cut::Way;
use crate::kill::{connect, kill, until};
use crate::process::{PASSWORD, PATIENCE, Stage};

/// A receiver of the form that says what is missing.
struct Ears(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Ears {
    async fn open(stage: &Stage, guild: u64) -> Self {
        let url = format!("ws://{}/v4/websocket/voice/{guild}?form=guildhall", stage.address);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in [("authorization", PASSWORD), ("user-id", "170939974227541168")] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        Self(tokio_tungstenite::connect_async(request).await.unwrap().0)
    }

    /// The next packet, and how many are missing before it.
    async fn packet(&mut self) -> (u16, Vec<u8>) {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something is heard in time");
            let Message::Binary(frame) = message.unwrap().unwrap() else { continue };
            if frame[0] == 3 {
                return (u16::from_be_bytes([frame[2], frame[3]]), frame[20..].to_vec());
            }
        }
    }
}

/// Somebody talks for two seconds while something happens; every packet is heard, in order.
async fn all_is_heard(stage: &Stage, member: &mut Member, ears: &mut Ears, meanwhile: impl Future<Output = ()>) {
    let said: Vec<Vec<u8>> = (0..100_u64).map(|number| [&[0xfc][..], &number.to_be_bytes()].concat()).collect();
    stage.voice.tell(5, &member.speaking());
    let talks = async {
        for packet in &said {
            stage.voice.speak(member, packet);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let hears = async {
        let mut heard = Vec::new();
        while heard.len() < said.len() {
            let (missing, packet) = ears.packet().await;
            assert_eq!(missing, 0, "before {packet:?}");
            heard.push(packet);
        }
        heard
    };
    let happens = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        meanwhile.await;
    };
    let ((), heard, ()) = tokio::join!(talks, hears, happens);
    assert_eq!(heard, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_heard_while_workers_of_every_kind_are_killed() {
    const KEY: &str = "a key that both of them know by heart";
    let settings =
        format!("workers = 1\nworker_processes = true\nworkers_listen = \"127.0.0.1:0\"\nworker_key = \"{KEY}\"\n");
    let stage = Stage::new(&settings).await;
    let (session, _events) = connect(&stage).await;
    let play = async |guild: u64| {
        let path = format!("/v4/sessions/{session}/players/{guild}");
        let body = json!({ "voice": stage.voice_state(), "track": { "identifier": "tone:1000:600" } });
        assert_eq!(stage.request("PATCH", &path, Some(body)).await.0, 200);
        let guild = guild.to_string();
        until("it plays", async || {
            stage.voice.heard().iter().any(|heard| heard.guild_id == guild && heard.packets.len() > 25)
        })
        .await;
    };
    let worker = async |guild: u64| {
        let (status, guild) = (stage.status().await, guild.to_string());
        let id = status["players"].as_array().unwrap().iter().find(|player| player["guildId"] == guild.as_str());
        let id = id.unwrap()["worker"].clone();
        let known = status["workers"].as_array().unwrap().iter().find(|worker| worker["id"] == id).cloned();
        known.unwrap_or(Value::Null)
    };

    play(1).await;
    let mut ears = Ears::open(&stage, 1).await;
    let mut anna = Member::new(501, 9_001);
    let first = worker(1).await;
    assert_eq!(first["kind"], "process");
    all_is_heard(&stage, &mut anna, &mut ears, async { kill(first["pid"].as_u64().unwrap()).await }).await;
    until("another plays", async || worker(1).await["pid"].as_u64().is_some_and(|pid| json!(pid) != first["pid"]))
        .await;
    all_is_heard(&stage, &mut anna, &mut ears, async {}).await;

    let mut abroad = stage.worker(KEY);
    let joined = async || {
        let status = stage.status().await;
        let workers = status["workers"].as_array().unwrap();
        workers.iter().any(|worker| worker["kind"] == "host" && worker["history"] != json!([]))
    };
    until("it has joined", joined).await;
    // Who gets a player follows how well each is.
    let mut guild = 2;
    play(guild).await;
    while worker(guild).await["kind"] != "host" {
        assert!(guild < 8, "it gets none");
        guild += 1;
        play(guild).await;
    }
    let mut ears = Ears::open(&stage, guild).await;
    let mut bert = Member::new(502, 9_002);
    all_is_heard(&stage, &mut bert, &mut ears, async { abroad.kill().await.unwrap() }).await;
    until("the node plays itself", async || worker(guild).await["kind"] == "process").await;
    all_is_heard(&stage, &mut bert, &mut ears, async {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moonlink_hears_what_is_said() {
    let stage = Stage::new("").await;
    let way = Way::to(stage.address).await;
    let mut script = Script::start(&stage, &way, "node", &["lavalink.mjs"], "tests/clients/node", "moonlink.js");
    script.saw("connect").await;
    assert_eq!(script.does(&format!("load {}", stage.file)).await, "track");
    script.does("play").await;
    until("it is heard", async || stage.packets() > 50).await;
    script.does("listen").await;
    let (mut anna, mut encoder) = (Member::new(501, 9_001), Encoder::new(Quality::default()).unwrap());
    stage.voice.tell(5, &anna.speaking());
    for _ in 0..60 {
        let mut packet = Vec::new();
        encoder.encode(&[0.0; guildhall_audio::SAMPLES], &mut packet).unwrap();
        stage.voice.speak(&mut anna, &packet);
    }
    let heard = script.does("heard").await;
    assert_eq!((&heard["began"], &heard["userId"], &heard["type"]), (&json!("501"), &json!("501"), &json!("ogg/opus")));
    let file = STANDARD.decode(heard["data"].as_str().unwrap()).unwrap();
    assert_eq!(decode_all(file, 0, 1 << 40), Ok(2 * 60 * 960));
}
