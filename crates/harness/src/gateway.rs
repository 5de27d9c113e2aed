//! A client of the gateway.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use twilight_cache_inmemory::InMemoryCache;
use twilight_model::gateway::event::Event;

use crate::counters::{Counters, count};
use crate::{PATIENCE, oracle, types};

/// A gateway connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Body of READY.
    pub ready: Value,
    /// Bodies of the first GUILD_CREATEs.
    pub guilds: Vec<Value>,
    /// Last sequence number.
    pub sequence: u64,
    /// What a stock client would know by now.
    pub cache: InMemoryCache,
    /// The counters of threads.
    pub counters: Counters,
}

impl Socket {
    /// Goes on with a session on a new socket: says so, and waits for nothing.
    pub async fn resume(&mut self, token: &str, session: &str, sequence: u64) {
        self.send(json!({ "op": 6, "d": { "token": token, "session_id": session, "seq": sequence } })).await;
    }

    pub(crate) async fn open(address: SocketAddr) -> Self {
        let (stream, _) =
            connect_async(format!("ws://{address}/?v=10&encoding=json")).await.expect("the gateway answers");
        let (guilds, cache, counters) = (Vec::new(), InMemoryCache::new(), Counters::new());
        let mut socket = Self { stream, ready: Value::Null, guilds, sequence: 0, cache, counters };
        assert_eq!(socket.frame().await["op"], 10, "HELLO comes first");
        socket
    }

    /// Says who one is, without waiting for what follows.
    pub async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
        self.send(json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": properties } })).await;
    }

    pub(crate) async fn connect(address: SocketAddr, token: &str, intents: u64) -> Self {
        let mut socket = Self::open(address).await;
        socket.identify(token, intents).await;
        socket.ready = socket.event("READY").await;
        for _ in 0..socket.ready["guilds"].as_array().map_or(0, Vec::len) {
            let guild = socket.event("GUILD_CREATE").await;
            socket.guilds.push(guild);
        }
        socket
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        self.stream.send(Message::text(frame.to_string())).await.expect("the gateway listens");
    }

    /// Closes the socket for good: the session ends with it.
    pub async fn leave(&mut self) {
        use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        self.stream.close(Some(frame)).await.expect("the gateway listens");
    }

    /// The next frame.
    pub async fn frame(&mut self) -> Value {
        self.heard().await.unwrap_or_else(|code| panic!("closed: {code}"))
    }

    /// The next frame, or the code that the gateway closes with.
    pub async fn heard(&mut self) -> Result<Value, u16> {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await.expect("a frame in time");
            match message.expect("the gateway is there").expect("a whole frame") {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).expect("JSON");
                    self.sequence = frame["s"].as_u64().unwrap_or(self.sequence);
                    count(&mut self.counters, frame["t"].as_str().unwrap_or_default(), &frame["d"]);
                    types::check(&frame);
                    if let Some(event) = oracle::read(&text, &frame) {
                        self.cache.update(&Event::from(event));
                    }
                    return Ok(frame);
                }
                Message::Close(close) => return Err(close.expect("a code").code.into()),
                _ => {}
            }
        }
    }

    /// The code that the gateway closes with; frames before are passed over.
    pub async fn closed(&mut self) -> u16 {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await.expect("a close in time");
            if let Message::Close(close) = message.expect("the gateway says why").expect("a whole frame") {
                return close.expect("a code").code.into();
            }
        }
    }

    /// The body of the next event with that name; others are passed over.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            let mut frame = self.frame().await;
            if frame["t"] == name {
                return frame["d"].take();
            }
        }
    }

    /// The names of all events until one with that name, which is the last.
    pub async fn names_until(&mut self, name: &str) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            let frame = self.frame().await;
            if let Some(event) = frame["t"].as_str() {
                names.push(event.to_owned());
                if event == name {
                    return names;
                }
            }
        }
    }
}
