//! lavalink-rs, told what to do like the scripts in other languages; Discord's gateway is played here as well.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lavalink_rs::client::LavalinkClient;
use lavalink_rs::model::events::Events;
use lavalink_rs::model::http::ResumingState;
use lavalink_rs::model::player::{Filters, Timescale};
use lavalink_rs::model::track::TrackData;
use lavalink_rs::model::{ChannelId, GuildId, UserId};
use lavalink_rs::prelude::{LavalinkResult, NodeBuilder, NodeDistributionStrategy, PlayerContext, TrackLoadData};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

use crate::process::PASSWORD;

const GUILD: GuildId = GuildId(900_000_000_000_000_001);
const BOT: UserId = UserId(170_939_974_227_541_168);
const CHANNEL: ChannelId = ChannelId(77);

/// What the library told of, and how often it resumed.
#[derive(Default)]
struct Told {
    events: Vec<String>,
    ready: u32,
    resumed: u32,
}

type Board = Mutex<Told>;

struct Bot {
    client: LavalinkClient,
    player: PlayerContext,
    track: Option<TrackData>,
}

fn told<T>(client: &LavalinkClient, with: impl FnOnce(&mut Told) -> T) -> T {
    let board = client.data::<Board>().unwrap();
    let mut told = board.lock().unwrap_or_else(PoisonError::into_inner);
    with(&mut told)
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Bot {
    async fn connect(node: SocketAddr, voice: String) -> LavalinkResult<Self> {
        let events = Events {
            raw: Some(|client, _, message| {
                // What it could not read it does not come to tell of.
                let name = message["type"].as_str().or(message["op"].as_str()).unwrap_or("error").to_owned();
                told(&client, |told| told.events.push(name));
                Box::pin(async {})
            }),
            ready: Some(|client, _, ready| {
                told(&client, |told| {
                    (told.ready, told.resumed) = (told.ready + 1, told.resumed + u32::from(ready.resumed));
                });
                Box::pin(async {})
            }),
            ..Events::default()
        };
        let builder = NodeBuilder {
            hostname: node.to_string(),
            is_ssl: false,
            events: Events::default(),
            password: PASSWORD.to_owned(),
            user_id: BOT,
            session_id: None,
        };
        let strategy = NodeDistributionStrategy::MainFallback;
        let client = LavalinkClient::new_with_data(events, vec![builder], strategy, Board::default().into()).await;
        until("the node is there", || told(&client, |told| told.ready > 0)).await;
        let node = client.get_node_for_guild(GUILD).await;
        let resuming = ResumingState { resuming: Some(true), timeout: Some(60) };
        node.http.set_resuming_state(&node.session_id.load(), &resuming).await?;
        client.handle_voice_state_update(GUILD, Some(CHANNEL), BOT, "voice-session".to_owned());
        client.handle_voice_server_update(GUILD, "voice-token".to_owned(), Some(voice));
        let connection = client.get_connection_info(GUILD, Duration::from_secs(5)).await?;
        let player = client.create_player_context(GUILD, connection).await?;
        Ok(Self { client, player, track: None })
    }

    /// One step, and what the library showed of it.
    async fn step(&mut self, step: &str, value: &str) -> LavalinkResult<Value> {
        let player = match step {
            "load" => {
                let found = self.client.load_tracks(GUILD, value).await?;
                if let Some(TrackLoadData::Track(track)) = found.data {
                    self.track = Some(track);
                }
                return Ok(json!(found.load_type));
            }
            "play" => self.player.play(self.track.as_ref().unwrap()).await?,
            "seek" => self.player.set_position(Duration::from_millis(value.parse().unwrap())).await?,
            "pause" => self.player.set_pause(true).await?,
            "resume" => self.player.set_pause(false).await?,
            "filter" => {
                let timescale = Some(Timescale { speed: None, pitch: Some(2.0), rate: None });
                self.player.set_filters(Filters { timescale, ..Filters::default() }).await?
            }
            "position" => self.player.get_player().await?,
            "back" => {
                // It looks every fifteen seconds whether the node is there, and brings its session.
                until("the session is resumed", || told(&self.client, |told| told.resumed > 0)).await;
                told(&self.client, |told| told.resumed = 0);
                return Ok(Value::Null);
            }
            "destroy" => {
                self.client.delete_player(GUILD).await?;
                return Ok(Value::Null);
            }
            other => panic!("no step `{other}`"),
        };
        Ok(if step == "position" { json!(player.state.position) } else { Value::Null })
    }
}

/// Does what it is told, a line a step, until it is to destroy its player.
pub(crate) async fn perform(line: DuplexStream, node: SocketAddr, voice: String) {
    let (input, mut output) = tokio::io::split(line);
    let mut bot = Bot::connect(node, voice).await.unwrap();
    let mut say = async |bot: &Bot, step: &str, shown: LavalinkResult<Value>| {
        let (saw, error) = match shown {
            Ok(saw) => (saw, None),
            Err(error) => (Value::Null, Some(error.to_string())),
        };
        let events = told(&bot.client, |told| std::mem::take(&mut told.events));
        let said = json!({ "step": step, "saw": saw, "events": events, "error": error });
        output.write_all(format!("{said}\n").as_bytes()).await.unwrap();
    };
    say(&bot, "connect", Ok(Value::Null)).await;
    let mut lines = BufReader::new(input).lines();
    while let Ok(Some(order)) = lines.next_line().await {
        let (step, value) = order.split_once(' ').unwrap_or((&order, ""));
        let shown = bot.step(step, value).await;
        say(&bot, step, shown).await;
    }
}
