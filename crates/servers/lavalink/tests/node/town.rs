//! A node on a free port, and a client of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use guildhall_db::{Config, Db};
use guildhall_lavalink::source::{Sources, Tones};
use guildhall_lavalink::voice::{Heard, Null, Voice};
use guildhall_lavalink::{Node, Settings, router};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) const PASSWORD: &str = "youshallnotpass";

/// A node under test.
pub(crate) struct Town {
    pub(crate) node: Arc<Node>,
    pub(crate) voice: Arc<Null>,
    pub(crate) address: SocketAddr,
    pub(crate) folder: Arc<TempDir>,
    server: tokio::task::JoinHandle<()>,
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::with(Arc::new(tempfile::tempdir().unwrap()), |_| {}).await
    }

    pub(crate) async fn with(folder: Arc<TempDir>, change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(folder, Arc::new(Tones), change).await
    }

    pub(crate) async fn of(
        folder: Arc<TempDir>,
        sources: Arc<dyn Sources>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let voice = Arc::new(Null::default());
        Self::over(folder, sources, voice.clone(), voice, change).await
    }

    /// With another way to be heard than the one that only keeps what it is given.
    pub(crate) async fn over(
        folder: Arc<TempDir>,
        sources: Arc<dyn Sources>,
        voice: Arc<Null>,
        way: Arc<dyn Voice>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
        let mut settings = Settings {
            password: PASSWORD.to_owned(),
            workers: 2,
            key: folder.path().join("node.key"),
            update: Duration::from_millis(500),
            ..Settings::default()
        };
        change(&mut settings);
        let node = Node::start(settings, db, sources, way).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(node.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { node, voice, address, folder, server }
    }

    /// The node goes; what it kept stays.
    pub(crate) async fn stop(self) -> Arc<TempDir> {
        self.server.abort();
        self.node.stop().await;
        self.folder.clone()
    }

    /// As if the process had been killed.
    pub(crate) fn kill(self) -> Arc<TempDir> {
        self.server.abort();
        self.folder.clone()
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address, &[]).await.unwrap()
    }

    pub(crate) fn heard(&self) -> Arc<Heard> {
        self.voice.links().last().unwrap().clone()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A bot's client.
pub(crate) struct Client {
    address: SocketAddr,
    pub(crate) session: String,
    pub(crate) resumed: bool,
    pub(crate) header: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/v4/websocket").into_client_request().unwrap();
        let standard = [("authorization", PASSWORD), ("user-id", "170939974227541168"), ("client-name", "test/1.0")];
        for (name, value) in standard.iter().chain(headers) {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, response) = connect_async(request).await?;
        assert_eq!(response.headers()["lavalink-api-version"], "4");
        let header = response.headers()["session-resumed"].to_str().unwrap().to_owned();
        let mut client = Self { address, session: String::new(), resumed: false, header, socket };
        let ready = client.message().await;
        assert_eq!(ready["op"], "ready", "{ready}");
        client.session = ready["sessionId"].as_str().unwrap().to_owned();
        client.resumed = ready["resumed"].as_bool().unwrap();
        Ok(client)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next message.
    pub(crate) async fn message(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.socket.next()).await.unwrap();
            match next.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Whether the node hung up.
    pub(crate) async fn closed(&mut self) -> bool {
        loop {
            match tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await {
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return true,
                Ok(Some(Ok(_))) => {}
                Err(_) => return false,
            }
        }
    }

    /// The next event of a type.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        self.first(kind, |message| {
            if message["op"] != "event" {
                return None;
            }
            assert_eq!(message["type"], kind, "{message}");
            Some(message.clone())
        })
        .await
    }

    /// The next player update for which something is true.
    pub(crate) async fn update(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.first("a player update", |message| {
            let state = &message["state"];
            (message["op"] == "playerUpdate" && wanted(state)).then(|| state.clone())
        })
        .await
    }

    /// What is found first. Other messages come all the time, so all of them together have so long.
    async fn first(&mut self, what: &str, find: impl Fn(&Value) -> Option<Value>) -> Value {
        let searching = async {
            loop {
                if let Some(found) = find(&self.message().await) {
                    return found;
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(30), searching).await;
        found.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    pub(crate) async fn request(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("http://{}{path}", self.address);
        let mut request =
            reqwest::Client::new().request(method.parse().unwrap(), url).header("authorization", PASSWORD);
        request = request.timeout(Duration::from_mins(1));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["lavalink-api-version"], "4");
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.request("GET", path, None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) fn player_path(&self, guild: u64) -> String {
        format!("/v4/sessions/{}/players/{guild}", self.session)
    }

    pub(crate) async fn patch(&self, guild: u64, body: Value) -> Value {
        let (status, body) = self.request("PATCH", &self.player_path(guild), Some(body)).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn player(&self, guild: u64) -> Value {
        self.get(&self.player_path(guild)).await
    }

    pub(crate) async fn join(&self, guild: u64) {
        let voice =
            json!({ "token": "token", "endpoint": "voice.example:443", "sessionId": "voice", "channelId": "7" });
        self.patch(guild, json!({ "voice": voice })).await;
    }

    pub(crate) async fn play(&self, guild: u64, identifier: &str) -> Value {
        self.patch(guild, json!({ "track": { "identifier": identifier } })).await
    }
}

/// Waits until something is true.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
