//! Two nodes on one PostgreSQL and one NATS: whoever is at one hears what happens at the other.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use guildhall_db::Engine;
use guildhall_db::testing::Scratch;
use guildhall_harness::{Client, Socket};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Process;
use crate::stage::{Stage, text};

/// What all nodes of a database share.
const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const MANAGE_CHANNELS: &str = "16";

/// A NATS server over a folder of its own.
struct Nats {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Nats {
    fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        Self { child: Self::spawn(port, &folder), port, folder }
    }

    fn spawn(port: u16, folder: &TempDir) -> Child {
        let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .expect("nats-server is installed (cargo xtask setup)");
        let child = Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "NATS does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        child
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::spawn(self.port, &self.folder);
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two nodes, and the people of the stage at the second as well.
struct Two {
    stage: Stage,
    second: Process,
    owner: Client,
    member: Client,
    scratch: Scratch,
    nats: Nats,
    _data: TempDir,
}

impl Two {
    async fn new() -> Self {
        let (scratch, nats, data) = (Scratch::new(Engine::Postgres), Nats::start(), TempDir::new().unwrap());
        let url = nats.url();
        let settings = |node| {
            [
                ("GUILDHALL_RATE_LIMITS", "false"),
                ("GUILDHALL_DATABASE", scratch.config.url.as_str()),
                ("GUILDHALL_NATS", url.as_str()),
                ("GUILDHALL_SECRET_KEY", SECRET),
                ("GUILDHALL_NODE", node),
            ]
        };
        // The second is there before there is anything.
        let second = Process::start(data.path(), &settings("2")).await;
        let stage = Stage::new(&settings("1")).await;
        let (owner, member) = (stage.owner.moved(second.address), stage.member.moved(second.address));
        Self { stage, second, owner, member, scratch, nats, _data: data }
    }

    fn messages(&self) -> String {
        format!("/channels/{}/messages", self.stage.channel)
    }
}

async fn contents(client: &Client, path: &str) -> Vec<String> {
    let all = client.get(path).await.ok(200);
    all.as_array().unwrap().iter().rev().map(|message| text(&message["content"]).to_owned()).collect()
}

/// The next event with that name of which this holds.
async fn sees(socket: &mut Socket, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let event = socket.event(name).await;
        if holds(&event) {
            return event;
        }
    }
}

async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn ready(address: SocketAddr) -> (u16, Value) {
    let answer = reqwest::get(format!("http://{address}/readyz")).await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn what_happens_at_one_node_is_heard_at_the_other() {
    let two = Two::new().await;
    let (stage, path) = (&two.stage, two.messages());
    // A guild that was made at the first, after the second had started.
    let mut there = two.owner.connect(0).await;
    let mut here = stage.member.connect(0).await;

    // Messages, both ways.
    let said = stage.say(&stage.member, "hello over there").await;
    let heard = there.event("MESSAGE_CREATE").await;
    assert_eq!((&heard["id"], &heard["content"]), (&said["id"], &json!("hello over there")));
    assert_eq!(heard["nonce"], said["nonce"]);
    two.owner.post(&path, json!({ "content": "hello back" })).await.ok(200);
    let back = sees(&mut here, "MESSAGE_CREATE", |message| message["content"] == "hello back").await;
    assert_eq!(back["author"]["id"], stage.owner.id);

    // Who types, and who is there.
    stage.member.post(&format!("/channels/{}/typing", stage.channel), json!({})).await.ok(204);
    assert_eq!(there.event("TYPING_START").await["user_id"], stage.member.id);
    here.send(json!({ "op": 3, "d": { "since": null, "activities": [], "status": "dnd", "afk": false } })).await;
    let is = |status: &'static str| {
        let member = json!(stage.member.id);
        move |presence: &Value| presence["user"]["id"] == member && presence["status"] == status
    };
    sees(&mut there, "PRESENCE_UPDATE", is("dnd")).await;
    drop(here);

    // What a role allows counts at once everywhere.
    let channels = format!("/guilds/{}/channels", stage.guild);
    two.member.post(&channels, json!({ "name": "mine", "type": 0 })).await.refused(403, 50_013);
    let roles = format!("/guilds/{}/roles", stage.guild);
    let role = stage.owner.post(&roles, json!({ "name": "Builder", "permissions": MANAGE_CHANNELS })).await.ok(200);
    let role = text(&role["id"]).to_owned();
    let give = format!("/guilds/{}/members/{}/roles/{role}", stage.guild, stage.member.id);
    stage.owner.put(&give, json!({})).await.ok(204);
    sees(&mut there, "GUILD_MEMBER_UPDATE", |member| member["roles"] == json!([role])).await;
    let made = two.member.post(&channels, json!({ "name": "mine", "type": 0 })).await.ok(201);
    stage.owner.get(&format!("/channels/{}", text(&made["id"]))).await.ok(200);
    stage.owner.patch(&format!("{roles}/{role}"), json!({ "permissions": "0" })).await.ok(200);
    sees(&mut there, "GUILD_ROLE_UPDATE", |told| told["role"]["permissions"] == "0").await;
    two.member.post(&channels, json!({ "name": "more", "type": 0 })).await.refused(403, 50_013);

    // A direct message that one node knows and the other has to learn of.
    let private = stage.member.post("/users/@me/channels", json!({ "recipient_id": stage.owner.id })).await.ok(200);
    let private = format!("/channels/{}/messages", text(&private["id"]));
    stage.member.post(&private, json!({ "content": "psst" })).await.ok(200);
    sees(&mut there, "MESSAGE_CREATE", |message| message["content"] == "psst").await;
    assert_eq!(contents(&two.owner, &private).await, ["psst"]);

    // A new guild, and somebody who is thrown out of it.
    let guild = two.owner.post("/guilds", json!({ "name": "Village" })).await.ok(201);
    let guild = text(&guild["id"]).to_owned();
    until("the other node knows the guild", || async {
        stage.owner.ask("GET", &format!("/guilds/{guild}"), None).await.status == 200
    })
    .await;

    // Opened to everybody at one node, it is found and entered at the other; closed there, it is found nowhere.
    let path = format!("/guilds/{guild}");
    let keywords = json!({ "keywords": ["harbour"] });
    two.owner.patch(&format!("{path}/discovery-metadata"), keywords).await.ok(200);
    two.owner.patch(&path, json!({ "features": ["DISCOVERABLE"] })).await.ok(200);
    let search = "/discoverable-guilds/search?query=harbour";
    until("the other node lists the guild", || async {
        stage.member.get(search).await.ok(200)["guilds"][0]["keywords"] == json!(["harbour"])
    })
    .await;
    stage.member.put(&format!("{path}/members/@me"), json!({})).await.ok(200);
    sees(&mut there, "GUILD_MEMBER_ADD", |member| member["user"]["id"] == stage.member.id).await;
    stage.owner.patch(&path, json!({ "features": [] })).await.ok(200);
    until("the guild is not listed any more", || async { two.member.get(search).await.ok(200)["total"] == 0 }).await;

    // A login that is ended at one node ends its session at the other.
    let mut leaving = two.member.connect(0).await;
    stage.member.post("/auth/logout", json!({})).await.ok(204);
    assert_eq!(leaving.closed().await, 4004);
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_nats_is_away() {
    let mut two = Two::new().await;
    let path = two.messages();
    let mut there = two.owner.connect(0).await;
    two.stage.say(&two.stage.member, "before").await;
    assert_eq!(there.event("MESSAGE_CREATE").await["content"], "before");
    for address in [two.stage.process.address, two.second.address] {
        assert_eq!(ready(address).await.1["bus"], true);
    }
    two.nats.stop();
    for address in [two.stage.process.address, two.second.address] {
        until("the node is not ready", || async move { ready(address).await.0 == 503 }).await;
    }
    // What is durable is taken and given meanwhile; the others hear of it later.
    let said: Vec<String> = (0..50).map(|number| format!("meanwhile {number}")).collect();
    for text in &said {
        two.stage.say(&two.stage.member, text).await;
    }
    let role = json!({ "name": "Meanwhile" });
    let role = two.stage.owner.post(&format!("/guilds/{}/roles", two.stage.guild), role).await.ok(200);
    assert_eq!(contents(&two.owner, &format!("{path}?limit=50")).await, said, "both read one database");
    two.nats.start_again();
    let mut heard = Vec::new();
    while heard.len() < said.len() {
        heard.push(text(&there.event("MESSAGE_CREATE").await["content"]).to_owned());
    }
    assert_eq!(heard, said, "in order, each once");
    sees(&mut there, "GUILD_ROLE_CREATE", |told| told["role"]["id"] == role["id"]).await;
    for address in [two.stage.process.address, two.second.address] {
        until("the node is ready again", || async move { ready(address).await.0 == 200 }).await;
    }
    two.stage.say(&two.stage.member, "after").await;
    assert_eq!(there.event("MESSAGE_CREATE").await["content"], "after");
    drop(two.scratch);
}

#[tokio::test]
async fn whoever_is_at_a_node_that_dies_is_gone() {
    let mut two = Two::new().await;
    let mut here = two.stage.owner.connect(0).await;
    let there = two.member.connect(0).await;
    let is = |status: &'static str| {
        let member = json!(two.stage.member.id);
        move |presence: &Value| presence["user"]["id"] == member && presence["status"] == status
    };
    sees(&mut here, "PRESENCE_UPDATE", is("online")).await;
    two.second.kill().await;
    drop(there);
    until("the others notice that the node is gone", || async {
        let socket = two.stage.owner.connect(0).await;
        let shown = socket.guilds[0]["presences"].clone();
        !shown.as_array().unwrap().iter().any(is("online"))
    })
    .await;
}
