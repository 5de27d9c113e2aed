//! The law of crashes: whatever was acknowledged before the program was killed is there afterwards, once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use guildhall_db::Engine;
use guildhall_db::testing::Scratch;
use guildhall_harness::{Client, Socket};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::stage::{Stage, text};

/// How often the program is killed, on each engine.
const KILLS: usize = 6;
/// How many write at once.
const WRITERS: usize = 8;

#[tokio::test]
async fn acknowledged_writes_outlive_kills_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test]
async fn acknowledged_writes_outlive_kills_on_postgresql() {
    Box::pin(run(Engine::Postgres)).await;
}

#[tokio::test]
async fn a_guild_stays_as_open_as_it_was_when_the_program_is_killed() {
    let stage = Stage::new(&[]).await;
    let path = format!("/guilds/{}", stage.guild);
    let metadata = format!("{path}/discovery-metadata");
    stage.owner.patch(&metadata, json!({ "keywords": ["harbour"] })).await.ok(200);
    stage.owner.patch(&path, json!({ "features": ["DISCOVERABLE"] })).await.ok(200);
    let stage = stage.killed_and_restarted(&[]).await;
    let found = stage.member.get("/discoverable-guilds/search?query=harbour").await.ok(200);
    assert_eq!((&found["total"], &found["guilds"][0]["id"]), (&json!(1), &json!(stage.guild)));
    let off = json!({ "discovery_disabled": true });
    stage.owner.own("PATCH", &format!("/admin{path}"), off).await.ok(200);
    let stage = stage.killed_and_restarted(&[]).await;
    assert_eq!(stage.member.get("/discoverable-guilds").await.ok(200)["total"], 0);
    assert_eq!(stage.owner.get(&metadata).await.ok(200)["keywords"], json!(["harbour"]));
    stage.owner.patch(&path, json!({ "features": ["DISCOVERABLE"] })).await.refused(400, 50_035);
}

async fn run(engine: Engine) {
    let scratch = Scratch::new(engine);
    let mut settings = vec![("GUILDHALL_RATE_LIMITS", "false")];
    if engine == Engine::Postgres {
        settings.push(("GUILDHALL_DATABASE", &scratch.config.url));
    }
    let mut stage = Stage::new(&settings).await;
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(Writer::new(&stage, number).await);
    }
    let mut acknowledged = 0;
    let mut dice = Dice(99);
    for kill in 0..KILLS {
        let listener = stage.member.connect(INTENTS).await;
        let count = Arc::new(AtomicUsize::new(0));
        let mut writing = Vec::new();
        for mut writer in writers {
            let count = count.clone();
            writing.push(tokio::spawn(async move {
                while writer.write().await {
                    count.fetch_add(1, Ordering::Relaxed);
                }
                writer
            }));
        }
        // Sometimes among the first writes, sometimes after many; and anywhere in the middle of one.
        while count.load(Ordering::Relaxed) < 20 * kill {
            tokio::time::sleep(Duration::from_micros(300 + 77 * dice.roll(50) as u64)).await;
        }
        stage = stage.killed_and_restarted(&settings).await;
        writers = Vec::new();
        for writer in writing {
            writers.push(writer.await.unwrap());
        }
        for writer in &mut writers {
            writer.client = writer.client.moved(stage.process.address);
            writer.find_everything().await;
        }
        Box::pin(begins_anew(&stage, listener)).await;
        acknowledged = writers.iter().map(|writer| writer.acknowledged).sum();
    }
    assert!(acknowledged >= 300, "only {acknowledged} writes were acknowledged: that proves little");
}

/// Messages of guilds and what changes them.
const INTENTS: u64 = 1 | 1 << 9;

/// A session of before is over, which its client is told as Discord does; the next one hears everything.
async fn begins_anew(stage: &Stage, before: Socket) {
    let mut socket = stage.member.open().await;
    let token = stage.member.token.as_deref().unwrap();
    let resume = json!({ "token": token, "session_id": before.ready["session_id"], "seq": before.sequence });
    socket.send(json!({ "op": 6, "d": resume })).await;
    let frame = socket.frame().await;
    assert_eq!((&frame["op"], &frame["d"]), (&json!(9), &json!(false)), "there is nothing to resume");
    socket.identify(token, INTENTS).await;
    assert_ne!(socket.event("READY").await["session_id"], before.ready["session_id"]);
    let guild = socket.event("GUILD_CREATE").await;
    assert_eq!(guild["id"], stage.guild);
    let said = stage.say(&stage.owner, "after the crash").await;
    while socket.event("MESSAGE_CREATE").await["id"] != said["id"] {}
}

/// What can be true of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    No,
    /// It was asked for, and no answer came.
    Perhaps,
    Yes,
}

/// What is known of a message.
#[derive(Debug)]
struct Said {
    /// What it may say: one text, or an older and a newer one.
    texts: Vec<String>,
    deleted: Truth,
    reacted: Truth,
    pinned: Truth,
}

/// Somebody who writes to a channel of their own, and remembers what was acknowledged.
struct Writer {
    client: Client,
    guild: String,
    channel: String,
    name: String,
    dice: Dice,
    count: usize,
    acknowledged: usize,
    said: BTreeMap<String, Said>,
    /// Messages and roles that may be there, or not.
    unsure: Vec<String>,
    roles: BTreeMap<String, String>,
}

impl Writer {
    async fn new(stage: &Stage, number: usize) -> Self {
        let name = format!("writer-{number}");
        let path = format!("/guilds/{}/channels", stage.guild);
        let channel = stage.owner.post(&path, json!({ "name": name })).await.ok(201);
        Self {
            client: stage.owner.clone(),
            guild: stage.guild.clone(),
            channel: text(&channel["id"]).to_owned(),
            name,
            dice: Dice(number as u64),
            count: 0,
            acknowledged: 0,
            said: BTreeMap::new(),
            unsure: Vec::new(),
            roles: BTreeMap::new(),
        }
    }

    /// One write. False when the server is gone.
    async fn write(&mut self) -> bool {
        let living: Vec<_> =
            self.said.iter().filter(|(_, said)| said.deleted == Truth::No).map(|(id, _)| id.clone()).collect();
        let chosen = if living.is_empty() { None } else { Some(living[self.dice.roll(living.len())].clone()) };
        let went = match (self.dice.roll(10), chosen) {
            (5, Some(id)) => self.edit(&id).await,
            (6, Some(id)) => self.mark("DELETE", &id, "", |said| &mut said.deleted).await,
            (7, Some(id)) => self.mark("PUT", &id, "/reactions/%F0%9F%91%8D/@me", |said| &mut said.reacted).await,
            (8, Some(id)) => self.pin(&id).await,
            (9, _) => self.create_role().await,
            _ => self.send().await,
        };
        self.acknowledged += usize::from(went);
        went
    }

    fn fresh(&mut self) -> String {
        self.count += 1;
        format!("{} says {}", self.name, self.count)
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Option<Value> {
        let answer = self.client.attempt(method, path, body).await?;
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        Some(answer.body)
    }

    async fn send(&mut self) -> bool {
        let content = self.fresh();
        let path = format!("/channels/{}/messages", self.channel);
        let Some(message) = self.ask("POST", &path, Some(json!({ "content": content }))).await else {
            self.unsure.push(content);
            return false;
        };
        let said = Said { texts: vec![content], deleted: Truth::No, reacted: Truth::No, pinned: Truth::No };
        let double = self.said.insert(text(&message["id"]).to_owned(), said);
        assert!(double.is_none(), "two messages have the id {}", message["id"]);
        true
    }

    async fn edit(&mut self, id: &str) -> bool {
        let content = self.fresh();
        let path = format!("/channels/{}/messages/{id}", self.channel);
        let answer = self.ask("PATCH", &path, Some(json!({ "content": content }))).await;
        let texts = &mut self.said.get_mut(id).unwrap().texts;
        if answer.is_some() {
            texts.clear();
        }
        texts.push(content);
        answer.is_some()
    }

    async fn mark(&mut self, method: &str, id: &str, what: &str, truth: fn(&mut Said) -> &mut Truth) -> bool {
        let path = format!("/channels/{}/messages/{id}{what}", self.channel);
        let answer = self.ask(method, &path, (method == "PUT").then(|| json!({}))).await;
        let truth = truth(self.said.get_mut(id).unwrap());
        *truth = match (&answer, *truth) {
            (Some(_), _) => Truth::Yes,
            (None, Truth::No) => Truth::Perhaps,
            (None, known) => known,
        };
        answer.is_some()
    }

    async fn pin(&mut self, id: &str) -> bool {
        let path = format!("/channels/{}/messages/pins/{id}", self.channel);
        // The pin tells of itself in the channel, and a channel has room for so many.
        if self.said.values().filter(|said| said.pinned != Truth::No).count() >= 40 {
            return true;
        }
        let answer = self.ask("PUT", &path, Some(json!({}))).await;
        let said = self.said.get_mut(id).unwrap();
        if answer.is_some() || said.pinned == Truth::No {
            said.pinned = if answer.is_some() { Truth::Yes } else { Truth::Perhaps };
        }
        answer.is_some()
    }

    async fn create_role(&mut self) -> bool {
        if self.roles.len() >= 20 {
            return self.send().await;
        }
        let name = self.fresh();
        let path = format!("/guilds/{}/roles", self.guild);
        let Some(role) = self.ask("POST", &path, Some(json!({ "name": name }))).await else {
            self.unsure.push(name);
            return false;
        };
        self.roles.insert(text(&role["id"]).to_owned(), name);
        true
    }

    /// Looks for everything that was acknowledged. What was unsure is known afterwards.
    async fn find_everything(&mut self) {
        let mut found = BTreeMap::new();
        let mut before = String::new();
        loop {
            let path = format!("/channels/{}/messages?limit=100{before}", self.channel);
            let page = self.client.get(&path).await.ok(200);
            let page = page.as_array().unwrap();
            let Some(last) = page.last() else { break };
            before = format!("&before={}", text(&last["id"]));
            for message in page.iter().filter(|message| message["type"] == 0) {
                let double = found.insert(text(&message["id"]).to_owned(), message.clone());
                assert!(double.is_none(), "{message} is there twice");
            }
        }
        for (id, said) in &mut self.said {
            let Some(message) = found.remove(id) else {
                assert_ne!(said.deleted, Truth::No, "{id} is lost: {said:?}");
                said.deleted = Truth::Yes;
                continue;
            };
            assert_ne!(said.deleted, Truth::Yes, "{id} came back: {said:?}");
            said.deleted = Truth::No;
            let content = text(&message["content"]).to_owned();
            assert!(said.texts.contains(&content), "{id} says {content}: {said:?}");
            said.texts = vec![content];
            let count = message["reactions"][0]["count"].as_u64().unwrap_or_default();
            settle(&mut said.reacted, count == 1, id);
            assert!(count < 2, "{id} has {count} reactions of one");
            settle(&mut said.pinned, message["pinned"] == true, id);
        }
        // What is left was never acknowledged; each may be there once.
        for (id, message) in found {
            let content = text(&message["content"]).to_owned();
            let place = self.unsure.iter().position(|unsure| *unsure == content);
            self.unsure.remove(place.unwrap_or_else(|| panic!("{id} says {content}, which nobody said so often")));
            let said = Said { texts: vec![content], deleted: Truth::No, reacted: Truth::No, pinned: Truth::No };
            self.said.insert(id, said);
        }
        let path = format!("/guilds/{}/roles", self.guild);
        let listed = self.client.get(&path).await.ok(200);
        let mut names: Vec<_> = listed.as_array().unwrap().iter().map(|role| text(&role["name"])).collect();
        names.retain(|name| name.starts_with(&format!("{} says ", self.name)));
        for name in self.roles.values() {
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "the role {name}");
        }
        for name in names.iter().filter(|name| !self.roles.values().any(|role| role == *name)) {
            assert!(self.unsure.iter().any(|unsure| unsure == name), "nobody made the role {name}");
        }
    }
}

fn settle(truth: &mut Truth, is: bool, id: &str) {
    assert!(*truth == Truth::Perhaps || is == (*truth == Truth::Yes), "{id}: {truth:?} was known, {is} is there");
    *truth = if is { Truth::Yes } else { Truth::No };
}
