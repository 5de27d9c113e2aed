//! Tests only: a server on port 0 of this process, clients for its REST and its gateway, fixtures.
//!
//! Everything here panics when something does not go as expected: it is the test that fails.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod client;
mod counters;
mod gateway;
mod mirror;
mod operations;
mod oracle;
mod schema;
mod types;

pub use client::{Answer, Client};
pub use counters::{Counter, Counters};
pub use gateway::Socket;
pub use mirror::picture;
pub use oracle::compare;
pub use schema::document;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use guildhall_api::{App, Clock, Config, Key};
use guildhall_blob::Blob;
use guildhall_bus::Bus;
use guildhall_db::testing::Scratch;
use guildhall_db::{Db, Engine};
use guildhall_gateway::{Gateway, Settings, Stored};
use serde_json::{Value, json};

/// A server of its own for one test.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// What is behind it.
    pub app: App,
    scratch: Arc<Scratch>,
    files: Arc<tempfile::TempDir>,
}

/// A guild with people in it.
pub struct Town {
    /// The server.
    pub server: Server,
    /// Owner of the instance and the guild.
    pub owner: Client,
    /// A member without roles.
    pub member: Client,
    /// Somebody who is not in the guild.
    pub stranger: Client,
    /// The guild.
    pub guild: String,
    /// Its text channel.
    pub channel: String,
}

impl Server {
    /// Starts one over an empty database.
    pub async fn start(engine: Engine) -> Self {
        Self::with(engine, Config { rate_limits: false, private_fetches: true, ..Config::default() }).await
    }

    /// Starts one that looks at what messages link to, on this machine too or nowhere that tests reach.
    pub async fn curious(engine: Engine, private_fetches: bool) -> Self {
        let config = Config { rate_limits: false, private_fetches, link_previews: true, ..Config::default() };
        Self::with(engine, config).await
    }

    /// Starts one that limits requests.
    pub async fn limited(engine: Engine) -> Self {
        Self::with(engine, Config::default()).await
    }

    /// The same with other limits for some routes.
    pub async fn limited_to(engine: Engine, limits: &[(&str, (u32, u32))]) -> Self {
        let limits = limits.iter().map(|(route, limit)| ((*route).to_owned(), *limit)).collect();
        Self::with(engine, Config { limits, ..Config::default() }).await
    }

    async fn with(engine: Engine, config: Config) -> Self {
        let scratch = Scratch::new(engine);
        let db = scratch.open().await;
        db.migrate(guildhall_store::MIGRATIONS).await.expect("the tables can be made");
        let files = Arc::new(tempfile::TempDir::new().expect("a temporary folder can be made"));
        let (address, app) = Self::serve(db, &files, config, Clock::default()).await;
        Self { address, app, scratch: Arc::new(scratch), files }
    }

    /// Starts another one over what this one has, as if the program had ended and begun again.
    pub async fn again(&self) -> Self {
        let config = self.app.config().clone();
        let db = self.scratch.open().await;
        let (address, app) = Self::serve(db, &self.files, config, self.app.clock().clone()).await;
        Self { address, app, scratch: self.scratch.clone(), files: self.files.clone() }
    }

    async fn serve(db: Db, files: &tempfile::TempDir, config: Config, clock: Clock) -> (SocketAddr, App) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let config = Config { public_url: format!("http://{address}"), key: Key::new([7; 32]), ..config };
        let blob = Blob::open(guildhall_blob::Config::folder(files.path(), [7; 32])).await.expect("it is writable");
        let app = App::new(db.clone(), Bus::new(), blob, config, clock.clone());
        guildhall_api::boot::load(&app).await.expect("the directory can be filled");
        tokio::spawn(guildhall_api::attend(app.clone()));
        tokio::spawn(guildhall_api::unfurl(app.clone()));
        // Tests connect as often as they like.
        let settings = Settings { space_identifies: false, ..Settings::default() };
        let gateway = Gateway::new(app.bus().clone(), Stored::new(db, move || clock.micros()), settings);
        let counted = gateway.clone();
        app.count_starts(move |bot| counted.session_starts(bot));
        let router = guildhall_api::router(&app).fallback(move |request: Request| {
            let gateway = gateway.clone();
            async move { gateway.upgrade(request).await }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        (address, app)
    }

    /// Every file in the file store.
    pub fn files(&self) -> Vec<std::path::PathBuf> {
        fn walk(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(folder).expect("the folder can be read") {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() { walk(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        walk(self.files.path(), &mut found);
        found
    }

    /// A client without an account.
    pub fn client(&self) -> Client {
        Client::at(self.address)
    }

    /// A person with an account.
    pub async fn person(&self, name: &str) -> Client {
        let row = guildhall_api::create_user(&self.app, name, &format!("{name}@example.org"), PASSWORD.into(), 0).await;
        row.expect("the account can be made");
        self.log_in(name).await
    }

    /// Logs somebody in.
    pub async fn log_in(&self, name: &str) -> Client {
        let body = json!({ "login": name, "password": PASSWORD });
        let answer = self.client().post("/auth/login", body).await.ok(200);
        self.client().with(answer["token"].as_str().unwrap(), answer["user_id"].as_str().unwrap())
    }

    /// Sets the server up: gives its owner and the guild.
    pub async fn set_up(&self) -> (Client, String) {
        let token = guildhall_api::setup_token(&self.app).await.expect("the database answers").expect("nobody owns it");
        let body = json!({
            "setup_token": token,
            "username": "owner",
            "email": "owner@example.org",
            "password": PASSWORD,
            "guild_name": "Town",
        });
        let answer = self.client().own("POST", "/setup", body).await.ok(201);
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        (self.client().with(&text("token"), &text("user_id")), text("guild_id"))
    }

    /// The database's engine.
    pub fn engine(&self) -> Engine {
        let _ = &self.scratch;
        self.app.db().engine()
    }
}

/// The password of everybody here.
pub const PASSWORD: &str = "correct horse battery";

impl Town {
    /// A server with a guild, its owner, a member and a stranger.
    pub async fn new(engine: Engine) -> Self {
        Self::on(Server::start(engine).await).await
    }

    /// The same where one account may keep so many bytes of files.
    pub async fn with_room(engine: Engine, user_bytes: u64) -> Self {
        let config = Config { rate_limits: false, private_fetches: true, user_bytes, ..Config::default() };
        Self::on(Server::with(engine, config).await).await
    }

    /// The same on a server that is there.
    pub async fn on(server: Server) -> Self {
        let (owner, guild) = server.set_up().await;
        let channels = owner.get(&format!("/guilds/{guild}/channels")).await.ok(200);
        let text =
            channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).expect("there is a text channel");
        let channel = text["id"].as_str().unwrap().to_owned();
        let member = server.person("member").await;
        let stranger = server.person("stranger").await;
        let invite = owner.post(&format!("/channels/{channel}/invites"), json!({})).await.ok(200);
        member.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        Self { server, owner, member, stranger, guild, channel }
    }

    /// A bot in the guild.
    pub async fn bot(&self, permissions: u64) -> Client {
        let answer = self.owner.own("POST", "/applications", json!({ "name": "helper" })).await.ok(201);
        let id = answer["id"].as_str().unwrap().to_owned();
        let token = answer["bot"]["token"].as_str().unwrap().to_owned();
        let path = format!("/guilds/{}/bots/{id}", self.guild);
        self.owner.own("PUT", &path, json!({ "permissions": permissions.to_string() })).await.ok(204);
        self.server.client().with(&format!("Bot {token}"), &id)
    }

    /// Sends a message to the text channel; gives it.
    pub async fn say(&self, who: &Client, text: &str) -> Value {
        who.post(&format!("/channels/{}/messages", self.channel), json!({ "content": text })).await.ok(200)
    }
}

/// Runs a case on each engine.
pub async fn on_both<F: Future<Output = ()>>(case: impl Fn(Engine) -> F) {
    Box::pin(case(Engine::Sqlite)).await;
    Box::pin(case(Engine::Postgres)).await;
}

/// How long anything may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
